//! Responses that many expectations have in common.

use std::collections::VecDeque;
use std::sync::Arc;

use http::HeaderMap;

use super::Prepared;

/// The headers and the responses of the latest expectations. Among thousands of them many have the
/// same, and what is in memory once stays close to the processor.
#[derive(Debug, Default)]
pub(super) struct ResponsePool {
    headers: VecDeque<Arc<HeaderMap>>,
    responses: VecDeque<Arc<Prepared>>,
}

/// How many are looked through.
const KEPT: usize = 16;

/// The largest body that is compared; larger ones fill the caches by themselves.
const LARGEST_BODY: usize = 4 << 10;

impl ResponsePool {
    /// The response, or an equal one that is there already.
    pub(super) fn share(&mut self, mut response: Prepared) -> Arc<Prepared> {
        self.share_headers(&mut response.headers);
        let can_be_shared = response.rare.is_none() && response.body.len() <= LARGEST_BODY;
        if !can_be_shared {
            return Arc::new(response);
        }
        let known = self.responses.iter();
        if let Some(known) = known.rev().find(|known| is_same(known, &response)) {
            return Arc::clone(known);
        }
        let response = Arc::new(response);
        keep(&mut self.responses, &response);
        response
    }

    fn share_headers(&mut self, headers: &mut Arc<HeaderMap>) {
        // Maps are equal whatever their order is, and the order is what a client sees.
        let mut known = self.headers.iter();
        if let Some(known) = known.find(|known| known.iter().eq(headers.iter())) {
            *headers = Arc::clone(known);
            return;
        }
        keep(&mut self.headers, headers);
    }
}

/// Equal headers are the same ones by now.
fn is_same(known: &Prepared, response: &Prepared) -> bool {
    known.status == response.status
        && known.follows_request == response.follows_request
        && Arc::ptr_eq(&known.headers, &response.headers)
        && known.body == response.body
}

fn keep<T>(kept: &mut VecDeque<Arc<T>>, new: &Arc<T>) {
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(Arc::clone(new));
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, StatusCode};

    use super::*;

    fn response(names: &[&'static str], body: &'static str) -> Prepared {
        let mut headers = HeaderMap::new();
        for name in names {
            headers.append(*name, HeaderValue::from_static("1"));
        }
        Prepared {
            status: StatusCode::OK,
            follows_request: true,
            headers: Arc::new(headers),
            body: Bytes::from_static(body.as_bytes()),
            rare: None,
        }
    }

    #[test]
    fn equal_headers_in_the_same_order_are_shared() {
        let mut pool = ResponsePool::default();
        let names = [&["a", "b"][..], &["a", "b"], &["b", "a"], &["a"]];
        let bodies = ["1", "2", "3", "4"];
        let all: Vec<_> = names
            .iter()
            .zip(bodies)
            .map(|(names, body)| pool.share(response(names, body)))
            .collect();
        let same = |a: usize, b: usize| Arc::ptr_eq(&all[a].headers, &all[b].headers);
        assert!(same(0, 1));
        assert!(!same(0, 2) && !same(0, 3));
        assert_eq!(all[2].headers.keys().next().unwrap(), "b");
    }

    #[test]
    fn equal_responses_are_one() {
        let mut pool = ResponsePool::default();
        let first = pool.share(response(&["a"], "body"));
        assert!(Arc::ptr_eq(&first, &pool.share(response(&["a"], "body"))));
        for other in [
            response(&["b"], "body"),
            response(&["a"], "another"),
            Prepared {
                status: StatusCode::NOT_FOUND,
                ..response(&["a"], "body")
            },
            Prepared {
                follows_request: false,
                ..response(&["a"], "body")
            },
            Prepared {
                rare: Some(Box::default()),
                ..response(&["a"], "body")
            },
        ] {
            assert!(!Arc::ptr_eq(&first, &pool.share(other)));
        }
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let mut pool = ResponsePool::default();
        for number in 0..100 {
            let mut headers = HeaderMap::new();
            headers.insert("a", number.into());
            pool.share(Prepared {
                headers: Arc::new(headers),
                ..response(&[], "body")
            });
        }
        assert_eq!((pool.headers.len(), pool.responses.len()), (KEPT, KEPT));
    }
}
