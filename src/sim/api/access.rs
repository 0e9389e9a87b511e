//! Who asks, and what they may do: bearer tokens and a flat list of rules.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::failure::Failure;

/// An authenticated (or anonymous) caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub groups: Vec<String>,
}

impl User {
    pub fn new(name: &str, groups: &[&str]) -> Self {
        Self { name: name.to_owned(), groups: groups.iter().map(ToString::to_string).collect() }
    }

    fn anonymous() -> Self {
        Self::new("system:anonymous", &["system:unauthenticated"])
    }
    pub(super) fn is_anonymous(&self) -> bool {
        self.name == "system:anonymous"
    }
    fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }
}

/// Lets `subject` (a user or group) do `verbs` on `resources` of `groups`; `*` stands for all. No namespaces = cluster-wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub subject: String,
    pub verbs: Vec<String>,
    pub groups: Vec<String>,
    pub resources: Vec<String>,
    pub namespaces: Vec<String>,
}

/// What a request wants to do; `resource` carries the subresource (`pods/log`).
#[derive(Clone, Debug, Default)]
pub(super) struct Ask<'a> {
    pub verb: &'a str,
    pub group: &'a str,
    pub resource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    tokens: BTreeMap<String, User>,
    anonymous: Option<User>,
    rules: Vec<Rule>,
}

impl Access {
    pub fn with_admin() -> Self {
        let mut access = Self::default();
        access.add_user("admin", User::new("admin", &["system:masters"]));
        access
    }

    pub fn add_user(&mut self, token: &str, user: User) {
        self.tokens.insert(token.to_owned(), user);
    }

    pub fn allow(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub fn set_anonymous(&mut self, user: Option<User>) {
        self.anonymous = user;
    }

    /// The caller behind an `Authorization` header.
    pub fn user(&self, authorization: Option<&str>) -> Result<User, Failure> {
        let token = authorization.and_then(|header| header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("bearer ")));
        let Some(token) = token else { return Ok(self.anonymous.clone().unwrap_or_else(User::anonymous)) };
        let mut user = self.tokens.get(token.trim()).cloned().ok_or_else(Failure::unauthorized)?;
        user.groups.push("system:authenticated".into());
        Ok(user)
    }

    pub fn allows(&self, user: &User, ask: &Ask) -> bool {
        user.is_master() || is_self_review(user, ask) || self.rule_for(user, ask).is_some()
    }

    fn rule_for(&self, user: &User, ask: &Ask) -> Option<&Rule> {
        self.rules.iter().find(|rule| {
            let scope = rule.namespaces.is_empty() || (!ask.namespace.is_empty() && rule.namespaces.iter().any(|n| n == ask.namespace));
            scope
                && rule.is_about(user)
                && covers(&rule.verbs, ask.verb)
                && covers(&rule.groups, ask.group)
                && covers(&rule.resources, ask.resource)
        })
    }

    /// `status` of a SelfSubjectAccessReview.
    pub fn review(&self, user: &User, ask: &Ask) -> Value {
        if user.is_master() || is_self_review(user, ask) {
            return json!({"allowed": true});
        }
        match self.rule_for(user, ask) {
            Some(rule) => json!({"allowed": true, "reason": rule.reason(user)}),
            None => json!({"allowed": false}),
        }
    }

    /// `status` of a SelfSubjectRulesReview.
    pub fn rules_in(&self, user: &User, namespace: &str) -> Value {
        let mut rules = vec![
            json!({"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]}),
            json!({"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]}),
        ];
        let mut paths = vec![
            json!({"verbs": ["get"], "nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"]}),
            json!({"verbs": ["get"], "nonResourceURLs": [
                "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"]}),
        ];
        if user.is_master() {
            rules.push(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}));
            paths.insert(1, json!({"verbs": ["*"], "nonResourceURLs": ["*"]}));
        }
        let here = |rule: &&Rule| rule.namespaces.is_empty() || rule.namespaces.iter().any(|n| n == namespace);
        for rule in self.rules.iter().filter(|rule| rule.is_about(user)).filter(here) {
            rules.push(json!({"verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources}));
        }
        json!({"resourceRules": rules, "nonResourceRules": paths, "incomplete": false})
    }
}

impl Rule {
    fn is_about(&self, user: &User) -> bool {
        self.subject == user.name || user.groups.contains(&self.subject)
    }

    fn reason(&self, user: &User) -> String {
        let kind = if self.subject == user.name { "User" } else { "Group" };
        match self.namespaces.first() {
            Some(namespace) => {
                format!(
                    "RBAC: allowed by RoleBinding \"{}/{namespace}\" of Role \"{}\" to {kind} \"{}\"",
                    self.subject, self.subject, self.subject
                )
            }
            None => {
                format!(
                    "RBAC: allowed by ClusterRoleBinding \"{}\" of ClusterRole \"{}\" to {kind} \"{}\"",
                    self.subject, self.subject, self.subject
                )
            }
        }
    }
}

fn covers(list: &[String], word: &str) -> bool {
    list.iter().any(|entry| entry == "*" || entry == word)
}

fn is_self_review(user: &User, ask: &Ask) -> bool {
    !user.is_anonymous()
        && ask.verb == "create"
        && ((ask.group == "authorization.k8s.io" && matches!(ask.resource, "selfsubjectaccessreviews" | "selfsubjectrulesreviews"))
            || (ask.group == "authentication.k8s.io" && ask.resource == "selfsubjectreviews"))
}

/// The refusal of `ask`.
pub(super) fn forbidden(user: &User, ask: &Ask) -> Failure {
    let plural = ask.resource.split('/').next().unwrap_or_default();
    let qualified = if ask.group.is_empty() { plural.to_owned() } else { format!("{plural}.{}", ask.group) };
    let mut details = json!({"kind": plural});
    if !ask.group.is_empty() {
        details["group"] = json!(ask.group);
    }
    let mut subject = qualified;
    if !ask.name.is_empty() {
        details["name"] = json!(ask.name);
        subject = format!("{subject} \"{}\"", ask.name);
    }
    let place =
        if ask.namespace.is_empty() { "at the cluster scope".to_owned() } else { format!("in the namespace \"{}\"", ask.namespace) };
    let message = format!(
        "{subject} is forbidden: User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
        user.name, ask.verb, ask.resource, ask.group
    );
    Failure::forbidden(message, details)
}

/// The refusal of a path that is no resource.
pub(super) fn forbidden_path(user: &User, verb: &str, path: &str) -> Failure {
    Failure::forbidden(format!("forbidden: User \"{}\" cannot {verb} path \"{path}\"", user.name), json!({}))
}
