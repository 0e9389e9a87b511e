//! An image that is not pulled: wrong, refused, or held back by the registry.

use super::words::between;
use super::{Cause, Seen};
use crate::domain::verdict::Outside;

/// Signs in the words of a registry, what they mean, and what would help.
/// The last tells whether it is the image that git names.
const SIGNS: &[(&[&str], &str, &str, bool)] = &[
    (
        &["toomanyrequests", "too many requests", "rate limit"],
        "held back by a rate limit",
        "wait, or pull with a login: the registry counts pulls",
        false,
    ),
    (&["not found", "manifest unknown", "no such image"], "not found", "correct the tag in git", true),
    // A registry tells who may not look and who asks for nothing in the same words.
    (
        &["does not exist or may require", "pull access denied"],
        "not found, or refused by the registry",
        "correct the image's name in git, or renew the pull secret",
        true,
    ),
    (
        &["unauthorized", "denied", "forbidden", "no basic auth", "authentication required"],
        "refused by the registry",
        "renew the pull secret",
        false,
    ),
    (&["no such host"], "its registry has no address", "correct the registry's name in git, or look at its DNS", true),
    (&["connection refused", "i/o timeout", "deadline exceeded"], "its registry does not answer", "look at the registry", false),
    (&["invalid image name", "invalidimagename", "couldn't parse image"], "is no valid name", "correct the image in git", true),
];

/// `not found` and the like; `None` where the words tell nothing more than that it is not pulled.
fn why(message: &str) -> Option<(&'static str, &'static str, bool)> {
    let lower = message.to_lowercase();
    SIGNS.iter().find(|(signs, ..)| signs.iter().any(|s| lower.contains(s))).map(|(_, why, way, is_of_git)| (*why, *way, *is_of_git))
}

/// For a row that says so in any case.
pub fn trouble(message: &str) -> &'static str {
    why(message).map_or("cannot be pulled", |(why, ..)| why)
}

/// What would help, and whether that is a change in git.
pub fn way(message: &str) -> (&'static str, bool) {
    why(message).map_or(("correct the image in git", true), |(_, way, is_of_git)| (way, is_of_git))
}

/// `Failed to pull image "x": …`, or `Back-off pulling image "x": …`
pub fn pull(seen: &Seen<'_>) -> Option<Cause> {
    let pulls = ["Failed to pull image", "Back-off pulling image", "Error: InvalidImageName"].iter().any(|s| seen.message.contains(s));
    let pulls = pulls || matches!(seen.reason, "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName");
    let image = between(seen.message, "image ", '"', '"').filter(|_| pulls)?;
    let (_, rest) = seen.message.split_once(image)?;
    let (why, way, is_of_git) = why(rest)?;
    let word = if is_of_git { "fix_in_git" } else { "fix_cluster" };
    let name = image.rsplit('/').next().unwrap_or(image);
    Cause::new(format!("image {name} {why}"), format!("Image {image} {why}, says {}.", seen.what()), word)
        .outside(Some(Outside::Image(image.to_owned())))
        .step("", way)
        .done()
}
