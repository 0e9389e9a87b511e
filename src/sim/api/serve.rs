//! The socket: accepts HTTP/1.1 and HTTP/2 without TLS, closes and reopens the port when the switchboard says so.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::ApiServer;
use super::handle::handle;

/// Between tries to open the port again.
const REBIND: Duration = Duration::from_millis(50);

/// A listening server; dropping it stops it.
pub struct Running {
    pub addr: SocketAddr,
    pub url: String,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Closes the port and every connection, and returns once that is done.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            task.await.ok();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

pub(super) async fn serve(server: ApiServer, addr: SocketAddr) -> io::Result<Running> {
    let listener = bind(addr)?;
    let addr = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(run(server, listener, addr, stopped));
    Ok(Running { addr, url: format!("http://{addr}"), stop: Some(stop), task: Some(task) })
}

/// The address stays usable after a close, so that a refused port can come back.
fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(1024)
}

async fn run(server: ApiServer, listener: TcpListener, addr: SocketAddr, mut stopped: oneshot::Receiver<()>) {
    let (quit, _) = watch::channel(false);
    let quit = Arc::new(quit);
    let mut listener = Some(listener);
    let mut changed = server.faults().on_change();
    loop {
        let refuse = server.faults().settings().refuse;
        if refuse {
            listener = None;
        } else if listener.is_none() {
            listener = bind(addr).ok();
        }
        tokio::select! {
            _ = &mut stopped => break,
            _ = changed.changed() => {}
            // Somebody else may hold the port for a moment.
            () = tokio::time::sleep(REBIND), if !refuse && listener.is_none() => {}
            accepted = accept(listener.as_ref()) => if let Ok(stream) = accepted {
                tokio::spawn(connection(server.clone(), stream, quit.subscribe()));
            },
        }
    }
    quit.send_replace(true);
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

async fn connection(server: ApiServer, stream: TcpStream, mut quit: watch::Receiver<bool>) {
    stream.set_nodelay(true).ok();
    let mut dropped = server.faults().on_drop_connections();
    // Accepted just before the port closed: it would be the one connection that lives on.
    if server.faults().settings().refuse {
        return;
    }
    let service = {
        let server = server.clone();
        service_fn(move |request| {
            let server = server.clone();
            async move { handle(&server, request).await }
        })
    };
    let builder = auto::Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    let reset = dropped.changed();
    tokio::select! {
        _ = serving => {}
        _ = reset => {}
        _ = quit.changed() => {}
    }
}
