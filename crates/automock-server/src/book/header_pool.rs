//! Headers that many responses have in common.

use std::collections::VecDeque;
use std::sync::Arc;

use http::HeaderMap;

/// The headers of the latest expectations. Among thousands of responses most have the same, and what
/// is in memory once stays close to the processor.
#[derive(Debug, Default)]
pub(super) struct HeaderPool(VecDeque<Arc<HeaderMap>>);

/// How many are looked through.
const KEPT: usize = 16;

impl HeaderPool {
    /// Takes the place of equal headers, or remembers these.
    pub(super) fn share(&mut self, headers: &mut Arc<HeaderMap>) {
        // Maps are equal whatever their order is, and the order is what a client sees.
        let known = self.0.iter().find(|known| known.iter().eq(headers.iter()));
        if let Some(known) = known {
            *headers = Arc::clone(known);
            return;
        }
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Arc::clone(headers));
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(names: &[&'static str]) -> Arc<HeaderMap> {
        let mut headers = HeaderMap::new();
        for name in names {
            headers.append(*name, HeaderValue::from_static("1"));
        }
        Arc::new(headers)
    }

    #[test]
    fn equal_headers_in_the_same_order_are_shared() {
        let mut pool = HeaderPool::default();
        let mut all = [&["a", "b"][..], &["a", "b"], &["b", "a"], &["a"]].map(headers);
        for headers in &mut all {
            pool.share(headers);
        }
        assert!(Arc::ptr_eq(&all[0], &all[1]));
        assert!(!Arc::ptr_eq(&all[0], &all[2]) && !Arc::ptr_eq(&all[0], &all[3]));
        assert_eq!(all[2].keys().next().unwrap(), "b");
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let mut pool = HeaderPool::default();
        for number in 0..100 {
            let mut headers = HeaderMap::new();
            headers.insert("a", number.into());
            pool.share(&mut Arc::new(headers));
        }
        assert_eq!(pool.0.len(), KEPT);
    }
}
