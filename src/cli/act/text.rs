//! A plan in words: cluster, object, exact effect, the requests, and the commands that would do the same.

use crate::domain::plan::{PatchRequest, PatchType, Plan, PlanOption, Step};

pub fn plan(plan: &Plan) -> String {
    let mut out = format!("{}\n", plan.title);
    for l in &plan.lines {
        out.push_str(&line(&l.label, &l.text));
    }
    for (i, o) in plan.options.iter().enumerate() {
        out.push_str(&line(if i == 0 { "options" } else { "" }, &option(o)));
    }
    out.push_str(&requests(plan));
    for command in &plan.commands {
        out.push_str(&line("as", command));
    }
    if let Some(word) = &plan.typed {
        out.push_str(&line("wants", &format!("the word {word}, typed or by --confirm")));
    }
    out
}

/// What is sent, request by request.
pub fn requests(plan: &Plan) -> String {
    let mut out = String::new();
    for step in &plan.steps {
        let (label, text) = match step {
            Step::Patch(request) => ("sends", patch(request)),
            Step::Nudge(request) => ("asks", patch(request)),
            Step::Revert(request) => ("pushes", format!("a revert of {} commits to {}", request.commits.len(), request.branch)),
        };
        out.push_str(&line(label, &text));
    }
    out
}

fn line(label: &str, text: &str) -> String {
    let text = text.lines().collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(11)));
    format!("  {label:<8} {text}\n")
}

fn option(o: &PlanOption) -> String {
    let text = match (&o.off_because, o.value.as_deref()) {
        // On the screen they are marked.
        (Some(_), _) if o.name == "resources" => "all; --resource GROUP:KIND:[NAMESPACE/]NAME takes one, and can be repeated".to_owned(),
        (Some(why), _) => why.clone(),
        (None, Some(value)) if !value.is_empty() => format!("{value}  ({})", o.text),
        (None, _) => o.text.clone(),
    };
    format!("[{}] {:<19} {text}", if o.on { "x" } else { " " }, o.label)
}

fn patch(r: &PatchRequest) -> String {
    let kind = match r.patch_type {
        PatchType::Merge => "merge patch",
        PatchType::Json => "json patch",
    };
    format!("{kind} of {}.{} {}/{} on {}: {}", r.plural, r.group, r.namespace, r.name, r.cluster, r.body)
}
