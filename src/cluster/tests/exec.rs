use super::*;
use std::path::Path;

fn login(script: &str, dir: &Path) -> Login {
    let config: ExecConfig = serde_json::from_value(serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "sh", "args": ["-c", script],
        "env": [{"name": "DIR", "value": dir}],
    }))
    .unwrap();
    let mut auth = AuthInfo { exec: Some(config), ..AuthInfo::default() };
    let login = Login::take("sam", &mut auth).unwrap();
    assert!(auth.exec.is_none(), "the library must not run it too");
    login
}

const ANSWER: &str = r#"printf '{"status":{"token":"t0ken"}}'"#;

#[tokio::test]
async fn a_login_runs_once_for_all_who_share_it() {
    let dir = tempfile::tempdir().unwrap();
    let (logins, login) = (Logins::default(), login(&format!("echo x >> $DIR/runs; sleep 0.1; {ANSWER}"), dir.path()));
    let all = futures::future::join_all((0..5).map(|_| logins.get(&login, None, LIMIT))).await;
    assert!(all.iter().all(|r| r.as_ref().unwrap().0.token.as_deref() == Some("t0ken")));
    assert_eq!(std::fs::read_to_string(dir.path().join("runs")).unwrap().lines().count(), 1);
    let generation = all[0].as_ref().unwrap().1;
    assert_eq!(logins.get(&login, Some(generation), LIMIT).await.unwrap().1, generation + 1);
}

#[tokio::test]
async fn the_program_gets_no_terminal_and_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let script = format!("cat > $DIR/stdin; printf '%s' \"$KUBERNETES_EXEC_INFO\" > $DIR/info; {ANSWER}");
    Logins::default().get(&login(&script, dir.path()), None, LIMIT).await.unwrap();
    assert_eq!(std::fs::read(dir.path().join("stdin")).unwrap(), b"");
    let info: serde_json::Value = serde_json::from_slice(&std::fs::read(dir.path().join("info")).unwrap()).unwrap();
    assert_eq!(info["spec"]["interactive"], false);
    assert_eq!(info["apiVersion"], "client.authentication.k8s.io/v1beta1");
}

#[tokio::test]
async fn a_program_that_never_ends_is_ended_with_what_it_started() {
    let dir = tempfile::tempdir().unwrap();
    let login = login("sleep 60 & echo $! > $DIR/child; wait", dir.path());
    let before = Instant::now();
    let error = Logins::default().get(&login, None, Duration::from_secs(2)).await.unwrap_err();
    assert!(error.0.contains("did not answer"), "{error}");
    assert!(before.elapsed() < Duration::from_secs(30), "not when it ended by itself");
    let child: u32 = std::fs::read_to_string(dir.path().join("child")).unwrap().trim().parse().unwrap();
    let gone = || !std::fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|s| !s.contains(") Z"));
    for _ in 0..1500 {
        if gone() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the child of the login program still runs");
}

#[tokio::test]
async fn what_it_says_on_failure_is_shown_cut_and_harmless_but_not_what_it_answers() {
    let dir = tempfile::tempdir().unwrap();
    let logins = Logins::default();
    let script = "echo x >> $DIR/runs; printf 'sso session \\033[31mexpired\\n' >&2; printf '{\"status\":{\"token\":\"t0ken\"}}'; exit 3";
    let login = login(script, dir.path());
    let error = logins.get(&login, None, LIMIT).await.unwrap_err();
    assert!(error.0.contains("expired") && !error.0.contains('\u{1b}') && !error.0.contains("t0ken"), "{error}");
    assert_eq!(logins.get(&login, None, LIMIT).await.unwrap_err(), error);
    assert_eq!(std::fs::read_to_string(dir.path().join("runs")).unwrap().lines().count(), 1, "a failure is shared for a moment");
}

#[tokio::test]
async fn an_expired_credential_is_fetched_again_and_debug_shows_none() {
    let dir = tempfile::tempdir().unwrap();
    let script = r#"echo x >> $DIR/runs; printf '{"status":{"token":"t0ken","expirationTimestamp":"2020-01-01T00:00:00Z"}}'"#;
    let (logins, login) = (Logins::default(), login(script, dir.path()));
    let (credential, _) = logins.get(&login, None, LIMIT).await.unwrap();
    assert!(!format!("{credential:?}").contains("t0ken"));
    logins.get(&login, None, LIMIT).await.unwrap();
    assert_eq!(std::fs::read_to_string(dir.path().join("runs")).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn garbage_instead_of_a_credential_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = Logins::default().get(&login("echo welcome", dir.path()), None, LIMIT).await.unwrap_err();
    assert!(error.0.contains("without a credential"), "{error}");
}

#[tokio::test]
async fn a_credential_that_still_holds_outlives_a_failed_renewal() {
    let dir = tempfile::tempdir().unwrap();
    let expires = Timestamp::now() + jiff::SignedDuration::from_secs(40);
    let script = format!(
        r#"[ -e $DIR/once ] && exit 1; touch $DIR/once; printf '{{"status":{{"token":"t0ken","expirationTimestamp":"{expires}"}}}}'"#
    );
    let (logins, login) = (Logins::default(), login(&script, dir.path()));
    let (_, generation) = logins.get(&login, None, LIMIT).await.unwrap();
    for _ in 0..2 {
        let (kept, same) = logins.get(&login, None, LIMIT).await.unwrap();
        assert_eq!((kept.token.as_deref(), same), (Some("t0ken"), generation));
    }
    assert!(logins.get(&login, Some(generation), LIMIT).await.is_err(), "refused by the server: it holds no longer");
}

#[tokio::test]
async fn a_program_that_answered_may_leave_a_child_behind() {
    let dir = tempfile::tempdir().unwrap();
    let script = format!("sleep 6 & {ANSWER}");
    let got = Logins::default().get(&login(&script, dir.path()), None, Duration::from_secs(4)).await;
    assert_eq!(got.unwrap().0.token.as_deref(), Some("t0ken"));
}
