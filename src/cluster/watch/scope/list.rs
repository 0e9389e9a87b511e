//! A whole set in pages, within limits: a server that is slow, or never done, holds up nobody else.

use super::{ApiError, Class, Method, Scope, Trouble, decode, escape, request};

/// We ask for no pages; what cuts the set all the same, cuts it into fewer.
const MAX_PAGES: usize = 1000;
/// Bytes of one page.
const MAX_LIST: usize = 512 << 20;

impl Scope {
    pub(super) async fn list(&mut self) -> Result<(), Trouble> {
        let (api, timings) = (self.ctx.api.clone(), self.ctx.api.timings.clone());
        let own = self.ctx.own_lists.clone();
        let _own = own.acquire_owned().await.map_err(|_| Trouble::Closed)?;
        // The limit saves memory; lists that take this long come too slowly to fill it.
        let shared = tokio::time::timeout(timings.list_turn, self.ctx.big_lists.clone().acquire_owned()).await;
        let _shared = shared.ok().transpose().map_err(|_| Trouble::Closed)?;
        let (mut next, mut pace) = (String::new(), api.pace());
        for _ in 0..MAX_PAGES {
            let after = if next.is_empty() { "resourceVersion=0".to_owned() } else { format!("continue={}", escape(&next)) };
            let request = request(Method::GET, &format!("{}{after}", self.url()), None)?;
            let answer = pace.wait(timings.list_first, api.send(request, timings.list_first)).await??;
            let bytes = api.collect(answer.into_body(), timings.list_idle, &mut pace, MAX_LIST).await?;
            let list = decode::list(&bytes)?;
            for item in list.items.unwrap_or_default() {
                // One object without a name is no reason to lose the others.
                if let Ok(meta) = decode::meta(item.get()) {
                    self.changed(&meta, item.get(), true).await?;
                }
            }
            next = list.metadata.next;
            if next.is_empty() {
                return self.complete(list.metadata.resource_version).await;
            }
        }
        Err(ApiError::new(Class::Garbage, &format!("a list of more than {MAX_PAGES} pages")).into())
    }
}
