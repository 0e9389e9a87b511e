//! Field managers, as they are named on the objects they write.

/// The engine that writes under this name.
pub fn engine(manager: &str) -> Option<&'static str> {
    let name = manager.split_once(" (").map_or(manager, |(name, _)| name);
    match name {
        "argocd-controller" | "argocd-application-controller" => Some("Argo CD"),
        "kustomize-controller" | "gotk-kustomize-controller" | "helm-controller" => Some("Flux"),
        "helm" | "Helm" => Some("Helm"),
        _ => None,
    }
}

/// `Flux (helm-controller)`; who is no engine by the name alone.
pub fn named(manager: &str) -> String {
    match engine(manager) {
        Some(engine) if engine.eq_ignore_ascii_case(manager) => engine.to_owned(),
        Some(engine) => format!("{engine} ({})", manager.replace(" (", ", ").trim_end_matches(')')),
        None => manager.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_named_beside_its_manager_and_a_person_is_not() {
        assert_eq!(named("helm-controller"), "Flux (helm-controller)");
        assert_eq!(named("argocd-controller (status)"), "Argo CD (argocd-controller, status)");
        assert_eq!((named("helm"), named("kubectl (scale)")), ("Helm".to_owned(), "kubectl (scale)".to_owned()));
        assert_eq!((engine("kubectl-edit"), engine("argocd-controllers")), (None, None));
    }
}
