//! Simulated Argo CD, Flux and workload controllers. They speak nothing but the Kubernetes API and read git repositories, so the same code
//! runs on our API server and on a real one.
//!
//! May import: domain, render, the repositories of the simulation and the kube client. To extend: a new engine is a folder with a struct that
//! has `run`, started in `run` below; what it does wrong on purpose (traps of the real engines) is said where it does it.

pub mod api;
pub mod argo;
pub mod cache;
pub mod flux;
mod health;
pub mod workload;

use std::time::Duration;

/// How fast the simulated world turns.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Between rounds while something moves by time alone.
    pub tick: Duration,
    /// How often Argo CD asks git.
    pub git_poll: Duration,
    /// How often Argo CD compares an app although nothing changed.
    pub compare: Duration,
    /// Between an operation's end and the comparison that follows.
    pub after_sync: Duration,
    pub pod_start: Duration,
    pub job: Duration,
    /// When Flux looks again at an app that waits for another.
    pub dependency: Duration,
    /// One step of a Flux run.
    pub step: Duration,
    /// Factor on times that objects carry (intervals, timeouts, deadlines).
    pub factor: f64,
}

impl Times {
    /// As the demo runs.
    pub fn demo() -> Self {
        let ms = Duration::from_millis;
        Self {
            tick: ms(250),
            git_poll: ms(2000),
            compare: ms(150_000),
            after_sync: ms(600),
            pod_start: ms(2000),
            job: ms(3000),
            dependency: ms(5000),
            step: ms(60),
            factor: 1.0,
        }
    }

    /// For tests: a story of a minute in a few seconds.
    pub fn fast() -> Self {
        let ms = Duration::from_millis;
        Self {
            tick: ms(40),
            git_poll: ms(80),
            compare: ms(60_000),
            after_sync: ms(120),
            pod_start: ms(100),
            job: ms(120),
            dependency: ms(200),
            step: ms(5),
            factor: 0.06,
        }
    }

    /// A time of an object in this world.
    pub fn scaled(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds * self.factor).max(0.0))
    }
}
