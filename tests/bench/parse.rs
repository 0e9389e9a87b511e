//! What reading large objects costs: from the bytes of the watch to apps, through the session that the deck uses.

use super::figures::Figures;
use super::process;
use super::table::Line;
use driftdeck::cluster::{Kubeconfig, Params, Session, Settings};
use driftdeck::domain::clock::Clock;
use driftdeck::domain::event::{ClusterEvent, Parsed};
use driftdeck::sim::api::{ApiServer, kubeconfig};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

/// The name under which this program serves the large objects to itself.
pub const SERVER: &str = "serve-large-objects";
const APPS: usize = 5000;
/// Bytes of each.
const SIZE: usize = 14_000;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn parse() -> Figures {
    let mut server = Server(Command::new(std::env::current_exe()?).arg(SERVER).stdout(Stdio::piped()).spawn()?);
    let mut url = String::new();
    BufReader::new(server.0.stdout.take().ok_or("no output of the server")?).read_line(&mut url)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let own = std::process::id();
    driftdeck::runtime::memory::give_back();
    let before = (process::cpu_ms(own), process::resident_mib(own).1);
    let began = Instant::now();
    let apps = runtime.block_on(read(url.trim()))?;
    let took = began.elapsed().as_secs_f64();
    let cpu = process::cpu_ms(own) - before.0;
    // As the deck does a second after a start: what only the reading needed is no part of what they are.
    driftdeck::runtime::memory::give_back();
    let grown = process::resident_mib(own).1 - before.1;
    if apps.len() != APPS {
        return Err(format!("{} apps of {APPS}", apps.len()).into());
    }
    let name = format!("{APPS} Applications of {SIZE} bytes, read from a watch");
    Ok(vec![
        Line::at_most(format!("{name}: time on a core"), cpu / 1000.0, 0.3, "s"),
        Line::at_most(format!("{name}: memory they grow it by"), grown, 40.0, "MiB"),
        Line::told(format!("{name}: until all are there, the server's part included"), format!("{took:.2} s")),
    ])
}

/// All apps of the server, held as the deck holds them.
async fn read(url: &str) -> Result<Vec<driftdeck::domain::app::SharedApp>, Box<dyn Error>> {
    let kubeconfig = Arc::new(Kubeconfig::from_text(&kubeconfig(&[("large", url, "admin", "argocd")]))?);
    let context = kubeconfig.contexts().into_iter().next().ok_or("no context")?;
    let (sink, mut events) = tokio::sync::mpsc::channel(64);
    let session = Session::start(Params { context, kubeconfig, settings: Settings::default() }, sink);
    let mut apps = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            ClusterEvent::Upsert { objects, .. } => apps.extend(objects.into_iter().filter_map(|object| match object {
                Parsed::App(mut app) => {
                    app.resources.shrink_to_fit();
                    app.history.shrink_to_fit();
                    Some((*app).into())
                }
                _ => None,
            })),
            ClusterEvent::Complete { kind, .. } if kind == "applications" => break,
            _ => {}
        }
    }
    session.stop();
    Ok(apps)
}

/// Serves until it is killed; prints its URL.
pub fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let api = ApiServer::new("large", "v1.34.2", Clock::system(), 1);
        api.install_argo();
        let model: Value = serde_json::from_str(include_str!("../fixtures/argo/application-synced-healthy-kustomize.json"))?;
        for number in 0..APPS {
            api.put(large(&model, number));
        }
        let running = api.serve("127.0.0.1:0".parse()?).await?;
        println!("{}", running.url);
        std::future::pending::<()>().await;
        Ok(())
    })
}

/// The model with the ten entries of history that Argo CD keeps, and with resources up to the size.
fn large(model: &Value, number: usize) -> Value {
    let mut app = model.clone();
    let name = format!("app-{number:04}");
    app["metadata"]["name"] = json!(name);
    for key in ["uid", "resourceVersion"] {
        app["metadata"].as_object_mut().map(|m| m.remove(key));
    }
    let entry = app["status"]["history"][0].clone();
    let history = (0..10).map(|id| {
        let mut entry = entry.clone();
        entry["id"] = json!(id);
        entry["revision"] = json!(format!("{:040x}", number * 10 + id));
        entry
    });
    app["status"]["history"] = history.collect();
    let mut size = app.to_string().len();
    let mut count = 0;
    while let Some(list) = app["status"]["resources"].as_array_mut()
        && size < SIZE
    {
        count += 1;
        let resource = json!({
            "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": format!("{name}-part-{count:03}"),
            "status": "Synced", "health": {"status": "Healthy"},
        });
        size += resource.to_string().len() + 1;
        list.push(resource);
    }
    app
}
