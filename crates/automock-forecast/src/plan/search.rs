//! The search for the cheapest candidate that holds.

use automock_model::Project;

use super::candidate::{Group, groups};
use super::outcome::{Plan, PlanError, Rejections, RunnerUp};
use super::request::{PlanRequest, round_loads};
use crate::estimate::TaskPrice;
use crate::money::Usd;
use crate::prices::{NoPrices, PriceBook};
use crate::simulation::{EventKind, Scenario, Summary, run};

/// Runners-up that a plan names.
const RUNNERS_UP: usize = 4;

/// Finds the cheapest project that holds a load with headroom: no request that waits or is refused at
/// any time, and after the ramp a utilisation below 100 − headroom percent. That must be so even if
/// metrics and alarms come as late as AWS's minute can make them, because nobody chooses the second of
/// the minute in which a load begins. Tells the progress as candidates done and candidates in all.
///
/// ```
/// use automock_forecast::{PlanRequest, PriceBook, RequestsPerSecond, plan_for};
/// use automock_model::Project;
///
/// let rate = |rate| RequestsPerSecond::new(rate).unwrap();
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let request = PlanRequest::new(project, rate(800.0), rate(2_500.0));
/// let plan = plan_for(&request, &PriceBook::built_in(), |_done, _total| {}).unwrap();
///
/// assert!(plan.summary.refused == 0.0);
/// assert!(plan.summary.final_utilisation < 70.0);
/// let ready = Project::from_toml(&plan.to_toml()).unwrap();
/// assert_eq!(ready.tasks, plan.project.tasks);
/// ```
///
/// # Errors
/// Nothing holds the load, the request cannot be met by anything, or the project's region has no
/// prices.
pub fn plan_for(
    request: &PlanRequest,
    prices: &PriceBook,
    mut progress: impl FnMut(usize, usize),
) -> Result<Plan, PlanError> {
    check(request, prices)?;
    let groups = groups(request);
    let candidates = groups.iter().map(count).sum();
    let mut search = Search {
        request,
        prices,
        peak: request.planned_rate().get(),
        done: 0,
        candidates,
        progress: &mut progress,
        rejections: Rejections::default(),
    };
    let mut winners: Vec<RunnerUp> = Vec::new();
    for group in &groups {
        let bound = winners.get(RUNNERS_UP).map(|last| last.cost);
        winners.extend(search.group(group, bound)?);
        winners.sort_by_key(|winner| winner.cost);
    }
    let losers = winners.len().saturating_sub(1);
    search.rejections.dearer += losers;
    let (planned_rate, rejections) = (search.peak, search.rejections);
    let mut winners = winners.into_iter();
    let Some(best) = winners.next() else {
        let rate = planned_rate;
        return Err(PlanError::NothingHolds { rate, rejections });
    };
    Ok(Plan {
        project: best.project,
        planned_rate,
        cost: best.cost,
        summary: best.summary,
        runners_up: winners.take(RUNNERS_UP).collect(),
        candidates,
        rejections,
    })
}

fn check(request: &PlanRequest, prices: &PriceBook) -> Result<(), PlanError> {
    prices.region(&request.project.region)?;
    if request.per_vcpu.get() <= 0.0 {
        return Err(PlanError::NoCapacity);
    }
    if request.headroom_percent > 99 {
        return Err(PlanError::Headroom(request.headroom_percent));
    }
    if request.seconds <= request.ramp_seconds {
        let ramp_seconds = request.ramp_seconds;
        return Err(PlanError::NoTime { ramp_seconds });
    }
    Ok(())
}

/// The candidates of a group; one that has no room counts as one.
fn count(group: &Group<'_>) -> usize {
    if !group.has_room() {
        return 1;
    }
    let growing = group
        .smallest_fleets()
        .map(|min| group.growing(min).count());
    group.standing().count() + growing.sum::<usize>()
}

/// How a candidate did in one simulation.
#[derive(Debug, Clone, Copy)]
struct Trial {
    summary: Summary,
    serves_at_once: bool,
    has_headroom: bool,
    has_grown: bool,
}

impl Trial {
    fn holds(&self) -> bool {
        self.has_headroom && self.serves_at_once
    }
}

/// The best of a group so far.
struct Best {
    /// What even the last of the runners-up costs; more than that is of no interest.
    bound: Option<Usd>,
    winner: Option<RunnerUp>,
}

impl Best {
    fn is_beaten_by(&self, cost: Usd) -> bool {
        let winner = self.winner.as_ref().map(|winner| winner.cost);
        [self.bound, winner]
            .into_iter()
            .flatten()
            .all(|known| cost < known)
    }
}

struct Search<'s> {
    request: &'s PlanRequest,
    prices: &'s PriceBook,
    peak: f64,
    done: usize,
    candidates: usize,
    progress: &'s mut dyn FnMut(usize, usize),
    rejections: Rejections,
}

impl Search<'_> {
    /// The cheapest candidate of a group that holds; none if all would be dearer than a bound.
    fn group(
        &mut self,
        group: &Group<'_>,
        bound: Option<Usd>,
    ) -> Result<Option<RunnerUp>, NoPrices> {
        if !group.has_room() {
            self.rejections.no_room += 1;
            self.finish(1);
            return Ok(None);
        }
        let mut best = Best {
            bound,
            winner: None,
        };
        for project in group.standing() {
            let trial = self.trial(&project, self.peak)?;
            self.finish(1);
            // What holds without growing costs less under less load, and holds it.
            if self.is_kept(&trial, &best) {
                self.replace(&mut best, project, &trial, trial.summary.cost);
            }
        }
        // The most promising first, so that the others need no simulation.
        let mut families = Vec::new();
        for min in group.smallest_fleets() {
            let family: Vec<Project> = group.growing(min).collect();
            if !family.is_empty() {
                families.push((self.least_cost(group, min)?, family));
            }
        }
        families.sort_by_key(|(least, _)| *least);
        for (least, family) in families {
            if best.is_beaten_by(least) {
                self.family(family, &mut best)?;
            } else {
                self.rejections.pruned += family.len();
                self.finish(family.len());
            }
        }
        Ok(best.winner)
    }

    /// Tries growing candidates that begin with the same smallest fleet.
    fn family(&mut self, family: Vec<Project>, best: &mut Best) -> Result<(), NoPrices> {
        let mut holding = Vec::new();
        for project in family {
            let trial = self.trial(&project, self.peak)?;
            self.finish(1);
            if self.is_kept(&trial, best) {
                holding.push((project, trial));
            }
        }
        holding.sort_by_key(|(_, trial)| trial.summary.cost);
        for (project, trial) in holding {
            // The cost at the planned load is the least that the most can be.
            if !self.is_cheaper(trial.summary.cost, best) {
                continue;
            }
            match self.most_below(&project, trial.summary.cost)? {
                None => self.rejections.fails_below += 1,
                Some(cost) if self.is_cheaper(cost, best) => {
                    self.replace(best, project, &trial, cost);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// What no candidate with this smallest fleet can be cheaper than: the fleet itself, and the
    /// tasks that the load needs beyond it wherever headroom is wanted.
    fn least_cost(&self, group: &Group<'_>, min: u32) -> Result<Usd, NoPrices> {
        let request = self.request;
        let frozen = group.frozen(min);
        let prices = self.prices.region(&frozen.region)?;
        let price = TaskPrice::new(frozen.tasks.size, &request.load, prices);
        let scenario = request.scenario(frozen, self.peak);
        let (summary, _) = run(&scenario, self.prices, |_| {})?;
        let judged = request.ramp_seconds..request.seconds;
        let beyond: i128 = judged
            .map(|second| group.tasks_for(scenario.profile.rate_at(second)))
            .map(|needed| i128::from(needed.saturating_sub(min)))
            .sum();
        let cheaper = price.on_demand_picos.min(price.spot_picos);
        Ok(summary.cost + Usd::from_picos(beyond.saturating_mul(cheaper)))
    }

    /// The most that a candidate costs at the planned load or any below, unless it fails at one.
    fn most_below(&self, project: &Project, at_peak: Usd) -> Result<Option<Usd>, NoPrices> {
        let mut most = at_peak;
        for load in round_loads(self.peak).skip(1) {
            let trial = self.trial(project, load)?;
            if !trial.holds() {
                return Ok(None);
            }
            most = most.max(trial.summary.cost);
            // Where the smallest fleet is enough, it is enough for all loads below.
            if !trial.has_grown {
                break;
            }
        }
        Ok(Some(most))
    }

    /// Simulates a candidate with the usual delays, and if it grows and holds, with the longest.
    fn trial(&self, project: &Project, peak: f64) -> Result<Trial, NoPrices> {
        let usual = self.run(&self.request.scenario(project.clone(), peak))?;
        if !usual.holds() || !usual.has_grown {
            return Ok(usual);
        }
        let late = self.run(&self.request.late_scenario(project.clone(), peak))?;
        Ok(Trial {
            serves_at_once: late.serves_at_once,
            has_headroom: late.has_headroom,
            ..usual
        })
    }

    fn run(&self, scenario: &Scenario) -> Result<Trial, NoPrices> {
        let request = self.request;
        let limit = f64::from(request.limit_percent());
        let (mut serves_at_once, mut has_headroom) = (true, true);
        let (summary, events) = run(scenario, self.prices, |sample| {
            let is_judged = sample.second >= request.ramp_seconds;
            has_headroom &= !is_judged || sample.utilisation < limit;
            serves_at_once &= sample.queued <= 0.0 && sample.refused <= 0.0;
        })?;
        let is_growth = |kind: &EventKind| matches!(kind, EventKind::ScaleOut { .. });
        Ok(Trial {
            summary,
            serves_at_once,
            has_headroom,
            has_grown: events.iter().any(|event| is_growth(&event.kind)),
        })
    }

    /// Whether a trial is to be pursued; counts why not.
    fn is_kept(&mut self, trial: &Trial, best: &Best) -> bool {
        let rejections = &mut self.rejections;
        if !trial.serves_at_once {
            rejections.too_slow += 1;
        } else if !trial.has_headroom {
            rejections.too_little_headroom += 1;
        } else {
            return self.is_cheaper(trial.summary.cost, best);
        }
        false
    }

    /// Whether a cost is below the best that is known; counts a candidate that is dearer.
    fn is_cheaper(&mut self, cost: Usd, best: &Best) -> bool {
        let is_cheaper = best.is_beaten_by(cost);
        self.rejections.dearer += usize::from(!is_cheaper);
        is_cheaper
    }

    fn replace(&mut self, best: &mut Best, project: Project, trial: &Trial, cost: Usd) {
        let summary = trial.summary;
        let winner = RunnerUp {
            project,
            cost,
            summary,
        };
        let is_second = best.winner.replace(winner).is_some();
        self.rejections.dearer += usize::from(is_second);
    }

    fn finish(&mut self, candidates: usize) {
        self.done += candidates;
        (self.progress)(self.done, self.candidates);
    }
}
