//! Which object of a tree is heard first.

use super::words::between;
use crate::domain::event::LiveNode;
use crate::domain::status::Health;

/// Near to the trouble first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A store behind a Secret that a failing pod needs.
    Store,
    /// What makes such a Secret: the pod names it missing, or needs it.
    Missing,
    Needed,
    Other,
    /// Makes Secrets that no failing pod needs.
    Unneeded,
}

/// The objects below an app that are not well, in the order in which their words are heard: what it manages before what that owns,
/// and of those that make Secrets the one that a failing pod waits for.
pub fn ordered(tree: &[LiveNode]) -> Vec<&LiveNode> {
    let ranks = ranks(tree);
    let mut nodes: Vec<(Rank, &LiveNode)> = ranks.into_iter().zip(tree).filter(|(_, node)| is_ill(node)).collect();
    nodes.sort_by_key(|(rank, n)| (n.health != Some(Health::Degraded), *rank, n.depth));
    nodes.into_iter().map(|(_, node)| node).collect()
}

fn is_ill(node: &LiveNode) -> bool {
    node.exists && matches!(node.health, Some(Health::Degraded | Health::Suspended | Health::Progressing))
}

fn is_store(node: &LiveNode) -> bool {
    node.key.group == "external-secrets.io" && node.key.kind.ends_with("SecretStore")
}

fn is_maker(node: &LiveNode) -> bool {
    matches!(
        (node.key.group.as_str(), node.key.kind.as_str()),
        ("external-secrets.io", "ExternalSecret") | ("bitnami.com", "SealedSecret") | ("cert-manager.io", "Certificate")
    )
}

/// The Secrets that a maker fills, or that all makers of external ones fill from a store.
pub fn copies<'t>(tree: &'t [LiveNode], node: &LiveNode) -> Vec<&'t LiveNode> {
    let of_store = is_store(node);
    if !of_store && !is_maker(node) {
        return Vec::new();
    }
    let is_meant = |n: &LiveNode| if of_store { n.key.group == node.key.group && is_maker(n) } else { n.key == node.key && is_maker(n) };
    let below = |at: usize, depth: usize| tree.iter().skip(at + 1).take_while(move |n| n.depth > depth).filter(|n| n.key.kind == "Secret");
    tree.iter().enumerate().filter(|(_, n)| is_meant(n)).flat_map(|(at, n)| below(at, n.depth)).collect()
}

/// Name of the Secret that the object at `at` makes: the one below it, else its own.
fn made(tree: &[LiveNode], at: usize) -> &str {
    let Some(maker) = tree.get(at) else { return "" };
    let mut below = tree.iter().skip(at + 1).take_while(|n| n.depth > maker.depth);
    below.find(|n| n.key.kind == "Secret").map_or(&maker.key.name, |n| &n.key.name)
}

fn ranks(tree: &[LiveNode]) -> Vec<Rank> {
    let pods: Vec<&LiveNode> = tree.iter().filter(|n| n.key.kind == "Pod" && is_ill(n)).collect();
    let mut out: Vec<Rank> = (0..tree.len()).map(|at| rank(tree, at, &pods)).collect();
    // Where no pod fails, nothing tells which of them counts: all do.
    let near = |rank: Rank| matches!(rank, Rank::Missing | Rank::Needed) || pods.is_empty() && rank == Rank::Other;
    let named: Vec<&str> = tree
        .iter()
        .zip(&out)
        .filter(|(n, rank)| is_maker(n) && near(**rank) && is_ill(n))
        .filter_map(|(n, _)| between(&n.message, "SecretStore ", '"', '"'))
        .collect();
    for (node, rank) in tree.iter().zip(&mut out) {
        if is_store(node) && named.contains(&node.key.name.as_str()) {
            *rank = Rank::Store;
        }
    }
    out
}

fn rank(tree: &[LiveNode], at: usize, pods: &[&LiveNode]) -> Rank {
    let Some(node) = tree.get(at).filter(|n| is_maker(n)) else { return Rank::Other };
    let secret = made(tree, at);
    let beside = || pods.iter().filter(|p| p.key.namespace == node.key.namespace);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let names = |pod: &LiveNode| pod.message.split(|c| !is_part(c)).any(|word| word.trim_end_matches('.') == secret);
    match () {
        () if beside().any(|p| names(p)) => Rank::Missing,
        () if beside().any(|p| p.needs.iter().any(|n| n == secret)) => Rank::Needed,
        () if pods.is_empty() => Rank::Other,
        () => Rank::Unneeded,
    }
}
