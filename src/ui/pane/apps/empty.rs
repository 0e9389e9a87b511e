//! What the pane says when it shows no row: never blank.

use crate::app::fleet::Cluster;
use crate::domain::cluster::Link;
use crate::domain::duration::long_age;
use crate::domain::duration::seconds_between;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::runs::{Runs, hints};
use crate::ui::text;
use crate::ui::words;

pub fn lines(cx: Cx, width: usize) -> Vec<Runs> {
    let state = cx.state;
    let all = state.fleet.rows.len();
    let mut out = Vec::new();
    let say = |out: &mut Vec<Runs>, text: &str| {
        out.extend(text::wrap(text, width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)));
    };
    if !state.view.filter.text.is_empty() {
        say(&mut out, &format!("No app matches \"{}\".", state.view.filter.text));
        say(&mut out, &format!("{} hidden by this filter.", if all == 1 { "1 app is".into() } else { format!("{all} apps are") }));
        let meant = state.view.filter.suggestion.as_ref().map(|s| format!("try \"{s}\""));
        let tab = meant.as_deref().map(|says| ("tab", says));
        out.push(Runs::new().gap(1).join(hints([("esc", "clear")].into_iter().chain(tab))));
        return out;
    }
    if let Some(cluster) = &state.view.only_cluster {
        say(&mut out, &format!("No app runs on {cluster}, as far as we can see; {} elsewhere.", words::count(all, "app")));
        out.push(Runs::new().gap(1).join(hints([("esc", "all clusters")])));
        return out;
    }
    if all > 0 {
        say(&mut out, &format!("{} hidden: acknowledged or of another repository.", words::count(all, "app")));
        out.push(Runs::new().gap(1).join(hints([("A", "show acknowledged"), ("esc", "back")])));
        return out;
    }
    if state.fleet.clusters.is_empty() {
        say(&mut out, "No cluster is watched yet.");
        out.push(Runs::new().gap(1).join(hints([(":", "clusters picks some")])));
    }
    if let Some(namespace) = &state.settings.namespace {
        let lives = "-n is where the Application, Kustomization or HelmRelease itself lives, not where it deploys";
        say(&mut out, &format!("No app lives in namespace {namespace}, as far as it was read. {lives}."));
        out.push(Runs::new());
    }
    for cluster in state.fleet.clusters.values() {
        say(&mut out, &sentence(cx, cluster));
    }
    out
}

/// What is to be said of a cluster's link, whole.
pub fn sentence(cx: Cx, cluster: &Cluster) -> String {
    let name = cluster.name();
    let since = |at| long_age(seconds_between(at, cx.state.now));
    let until = |at: &Option<crate::domain::Timestamp>| {
        at.map_or(String::new(), |at| format!(" Next try in {}.", long_age(seconds_between(cx.state.now, at))))
    };
    match &cluster.link {
        Link::Connecting { since: at } => {
            format!("Connecting to {name}, {} of 10s. The other clusters are shown as they answer.", since(*at))
        }
        Link::Live { .. } => match cluster.engines.first() {
            Some(engine) => {
                let version = engine.version.as_deref().map_or(String::new(), |v| format!(" {v}"));
                let noun = if engine.name == crate::domain::ids::EngineKind::Argo { "Application" } else { "Kustomization or HelmRelease" };
                let asked = cx.state.settings.namespace.as_ref().map_or("all namespaces".into(), |n| format!("namespace {n}"));
                format!("{name} has {}{version} and no {noun} that you can see ({asked} asked).", engine.name.title())
            }
            None => format!("{name} is live; nothing is deployed to it yet."),
        },
        Link::Degraded { watches, cause, next_try_at } => {
            format!("The watch of {} on {name} broke ({cause}).{} Those rows are marked ?.", watches.join(", "), until(next_try_at))
        }
        Link::Forbidden { kinds, user } => {
            let user = user.as_deref().map_or(String::new(), |u| format!(" for {u}"));
            format!("{name}: list {} forbidden{user}; the rest is live.", kinds.join(", "))
        }
        Link::LoginNeeded { since: at, cause } => {
            format!("{name} needs a login since {}: {cause}. l runs its login program.", words::clock(cx, *at))
        }
        Link::Unreachable { since: at, cause, next_try_at } => {
            format!("{name} does not answer since {}: {cause}.{} r tries now; actions are off.", words::clock(cx, *at), until(next_try_at))
        }
        Link::Unmapped => format!("{name} is a destination that no context of yours reaches; its pods and live objects are not known."),
        Link::NotInstalled => format!("{name} serves neither Argo CD nor Flux. Nothing to watch; it costs no requests."),
        Link::Changed { what } => format!("{name} is not the cluster it was: {what}. Nothing is read or written until you decide."),
        Link::Invalid { cause } => format!("The context {name} cannot be used: {cause}."),
    }
}
