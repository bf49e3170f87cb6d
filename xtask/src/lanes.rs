//! Work that goes on side by side.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::error::Error;

/// How many run at the same time. More would take time from each other that their deadlines count.
const LANES: usize = 2;

/// Does all of it, two at a time, in the order in which it is given.
///
/// # Errors
///
/// Returns [`Error::Steps`] when some failed. What had begun by then has ended.
pub(crate) fn run_all<T: Send>(
    work: impl IntoIterator<Item = T>,
    succeeds: impl Fn(T) -> bool + Sync,
    keeps_going: bool,
) -> Result<(), Error> {
    let queue: VecDeque<T> = work.into_iter().collect();
    let total = queue.len();
    let queue = Mutex::new(queue);
    let failed = AtomicUsize::new(0);
    let next = || {
        if !keeps_going && failed.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let mut queue = queue
            .lock()
            .expect("no lane panics while it holds the queue");
        queue.pop_front()
    };
    let lane = || {
        while let Some(item) = next() {
            if !succeeds(item) {
                failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(lane);
        }
    });
    match failed.into_inner() {
        0 => Ok(()),
        failed => Err(Error::Steps { failed, total }),
    }
}
