//! The load balancer, which has to grow with its traffic.

use super::timings::Timings;

/// Seconds in which a load balancer grows by the factor of the timings.
const GROWTH_SECONDS: f64 = 300.0;

/// Room that a load balancer keeps above what it sees.
const ROOM: f64 = 2.0;

/// What the load balancer can take.
#[derive(Debug)]
pub(super) struct Balancer {
    capacity: f64,
    growth: f64,
}

impl Balancer {
    pub(super) fn new(zones: u32, timings: &Timings) -> Self {
        let initial = timings.balancer_initial_rps_per_zone.max(0.0) * f64::from(zones.max(1));
        Self {
            capacity: if initial.is_nan() { 0.0 } else { initial },
            growth: timings
                .balancer_growth_in_five_minutes
                .max(1.0)
                .powf(GROWTH_SECONDS.recip()),
        }
    }

    /// Takes the requests of a second; tells how many of them get through. One that is called grows
    /// while it has less than twice the room it needs. It shrinks so slowly that nobody notices.
    pub(super) fn admit(&mut self, offered: f64) -> f64 {
        let admitted = offered.min(self.capacity);
        if offered * ROOM > self.capacity {
            self.capacity *= self.growth;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use automock_model::Project;

    use super::*;

    #[test]
    fn it_grows_by_half_in_five_minutes_and_only_under_load() {
        let timings = Timings::of(&Project::new("petstore".parse().unwrap()));
        let mut balancer = Balancer::new(2, &timings);
        assert!((balancer.admit(20_000.0) - 10_000.0).abs() < 1e-6);
        for _ in 1..300 {
            balancer.admit(20_000.0);
        }
        assert!((balancer.admit(20_000.0) - 15_000.0).abs() < 1e-6);
        let mut idle = Balancer::new(2, &timings);
        for _ in 0..1_000 {
            idle.admit(100.0);
        }
        assert!((idle.admit(f64::MAX) - 10_000.0).abs() < 1e-6);
    }
}
