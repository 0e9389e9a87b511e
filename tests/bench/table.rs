//! Figures as a table that can be pasted into the README.

/// One figure beside what it should be.
pub struct Line {
    pub what: String,
    pub target: String,
    pub measured: String,
    pub met: bool,
}

impl Line {
    /// A figure that should not be above its target.
    pub fn at_most(what: impl Into<String>, measured: f64, target: f64, unit: &str) -> Self {
        let digits = if target < 1.0 { 2 } else { 1 };
        Self {
            what: what.into(),
            target: format!("≤ {target} {unit}"),
            measured: format!("{measured:.digits$} {unit}"),
            met: measured <= target,
        }
    }

    /// A figure without a target.
    pub fn told(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), target: String::new(), measured: measured.into(), met: true }
    }
}

pub fn render(machine: &str, lines: &[Line]) -> String {
    let mut out = format!("{machine}\n\n| figure | target | measured |\n|---|---|---|\n");
    for line in lines {
        let miss = if line.met { "" } else { " (missed)" };
        out.push_str(&format!("| {} | {} | {}{miss} |\n", line.what, line.target, line.measured));
    }
    out
}

/// The value below which this part (0 to 1) of the samples lies.
pub fn percentile(samples: &mut [f64], part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    let index = (part * last as f64).round() as usize;
    samples.get(index.min(last)).copied().unwrap_or(f64::NAN)
}
