//! What the containers of the demo go on to print while somebody follows their log.

use super::Demo;
use crate::sim::scenario::Scenario;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(2);

/// A request that was served, for each log that is followed; nothing is printed that nobody reads.
pub fn print(demo: &mut Demo, scenario: Scenario) {
    if !scenario.is_live() {
        return;
    }
    let clock = demo.clock;
    let servers: Vec<_> = demo.servers.iter().map(|it| it.api.clone()).collect();
    demo.story.spawn(async move {
        for count in 1u64.. {
            tokio::time::sleep(EVERY).await;
            let path = ["/healthz", "/api/orders", "/api/cart"].get(usize::try_from(count % 3).unwrap_or(0)).copied().unwrap_or_default();
            for server in &servers {
                for (namespace, pod, container) in server.followed_logs() {
                    let line = format!("{} GET {path} 200 {}ms\n", crate::sim::ids::seconds(clock.now()), 3 + count * 7 % 40);
                    server.append_log(&namespace, &pod, &container, &line);
                }
            }
        }
    });
}
