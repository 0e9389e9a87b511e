//! The conformance script of the simulated server, against a real one.

use crate::lab::{Server, story_of_lone};
use driftdeck::sim::api::conformance::{self, Answer, Who};
use http_body_util::BodyExt as _;
use std::io::Write as _;
use std::time::Duration;

/// The longest watch of the script asks for one second.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_real_server_answers_the_conformance_script_as_the_simulated_one_does() {
    if std::env::var_os("DRIFTDECK_E2E_CRDS").is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: conformance needs the real definitions; DRIFTDECK_E2E_CRDS names their directory");
        return;
    }
    story_of_lone(|_, lone| async move {
        let lone = lone.lock().await;
        let server = &*lone;
        let differences = conformance::run(|who, request| async move {
            let title = format!("{} {}", request.method(), request.uri());
            let answer = tokio::time::timeout(LIMIT, ask(server, who, request)).await;
            answer.unwrap_or_else(|_| Err(format!("no end of the answer to {title} within {LIMIT:?}")))
        })
        .await;
        let shown: Vec<String> = differences.iter().map(|d| format!("{}: wanted {} got {}", d.step, d.wanted, d.got)).collect();
        assert!(shown.is_empty(), "{} differences:\n{}", shown.len(), shown.join("\n\n"));
    });
}

async fn ask(server: &Server, who: Who, request: http::Request<bytes::Bytes>) -> Result<Answer, String> {
    let mut config = kube::Config::new(server.url.parse().map_err(|_| "no address")?);
    config.accept_invalid_certs = true;
    // 504 is an answer of the script, not a reason to ask again.
    config.default_retry = false;
    config.auth_info.token = who.token().map(|token| token.to_owned().into());
    let client = kube::Client::try_from(config).map_err(|error| error.to_string())?;
    let (parts, body) = request.into_parts();
    let request = http::Request::from_parts(parts, kube::client::Body::from(body.to_vec()));
    let response = client.send(request).await.map_err(|error| error.to_string())?;
    let code = response.status().as_u16();
    let warnings = response.headers().get_all("warning").iter().filter_map(|w| w.to_str().ok()).map(str::to_owned).collect();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes().to_vec();
    Ok(Answer { code, warnings, body })
}
