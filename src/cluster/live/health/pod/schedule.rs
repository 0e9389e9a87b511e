//! Why the scheduler found no node, in the few words that a row has room for.

/// What the scheduler counts, in the order in which one of several is told: what the operator can change stands before what
/// every cluster has (taints of its control plane).
const CAUSES: &[(&str, &str)] = &[
    ("unbound immediate persistentvolumeclaims", "its volume claim is not bound"),
    ("didn't find available persistent volumes", "no volume fits its claim"),
    ("volume node affinity conflict", "its volume is bound to other nodes"),
    ("anti-affinity", "anti-affinity leaves no node"),
    ("topology spread", "spread rules leave no node"),
    ("node affinity", "no node matches its selector"),
    ("node selector", "no node matches its selector"),
    ("free ports", "its host port is taken"),
    ("too many pods", "nodes hold no more pods"),
    ("were unschedulable", "nodes are cordoned"),
];

/// `no node has cpu left`; the scheduler's own words where they are not known.
pub fn words(message: &str) -> String {
    let own = message.split("preemption:").next().unwrap_or(message).trim().trim_end_matches('.');
    let lower = own.to_lowercase();
    if let Some(claim) = missing_claim(own) {
        return format!("volume claim {claim} is missing");
    }
    if lower.contains("scheduling gates") {
        return "held by a scheduling gate".to_owned();
    }
    let volume = CAUSES.iter().take(3).find(|(sign, _)| lower.contains(sign));
    if let Some((_, told)) = volume {
        return (*told).to_owned();
    }
    if let Some(short) = short_of(own) {
        return short;
    }
    if let Some((_, told)) = CAUSES.iter().find(|(sign, _)| lower.contains(sign)) {
        return (*told).to_owned();
    }
    taint(own).unwrap_or_else(|| own.to_owned())
}

/// `persistentvolumeclaim "data" not found`
fn missing_claim(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("persistentvolumeclaim \"")?;
    let (name, rest) = rest.split_once('"')?;
    rest.starts_with(" not found").then_some(name)
}

/// `0/9 nodes are available: 3 Insufficient cpu, 6 Insufficient memory`: what most nodes lack, and of how many where it is not all.
fn short_of(message: &str) -> Option<String> {
    let (_, list) = message.split_once("available: ")?;
    let lacks = |part: &str| {
        let (count, resource) = part.trim().trim_end_matches('.').split_once(" Insufficient ")?;
        Some((count.parse::<u32>().ok()?, resource.to_owned()))
    };
    let (count, resource) = list.split(", ").filter_map(lacks).max_by_key(|(count, _)| *count)?;
    let all: Option<u32> = message.split_once('/').and_then(|(_, rest)| rest.split(' ').next()).and_then(|n| n.parse().ok());
    Some(match all {
        Some(all) if all > count => format!("{count} of {all} nodes lack {resource}"),
        _ => format!("no node has {resource} left"),
    })
}

/// `6 node(s) had untolerated taint {dedicated: gpu}`
fn taint(message: &str) -> Option<String> {
    if !message.contains("taint") {
        return None;
    }
    let key = message.split_once("taint {").and_then(|(_, rest)| rest.split([':', '}', ' ']).next()).filter(|k| !k.is_empty());
    Some(key.map_or_else(|| "nodes are tainted".to_owned(), |key| format!("nodes are tainted: {key}")))
}
