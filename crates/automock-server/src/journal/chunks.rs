//! A queue in small pieces.

use std::collections::VecDeque;

/// How many items a piece has.
const PIECE: usize = 64;

/// A queue in small pieces. Its memory follows its length, where that of a queue in one piece stays what
/// it was when it was longest: a worker that once had all requests would keep the place for them.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    /// None of them is empty.
    pieces: VecDeque<VecDeque<T>>,
    /// The piece that was emptied last, so that a queue that moves on needs no new memory.
    spare: Option<VecDeque<T>>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            pieces: VecDeque::new(),
            spare: None,
        }
    }
}

impl<T> Chunks<T> {
    pub(super) fn push_back(&mut self, item: T) {
        if let Some(last) = self.pieces.back_mut()
            && last.len() < PIECE
        {
            last.push_back(item);
            return;
        }
        let spare = self.spare.take();
        let mut piece = spare.unwrap_or_else(|| VecDeque::with_capacity(PIECE));
        piece.push_back(item);
        self.pieces.push_back(piece);
    }

    pub(super) fn front(&self) -> Option<&T> {
        self.pieces.front()?.front()
    }

    pub(super) fn pop_front(&mut self) -> Option<T> {
        let first = self.pieces.front_mut()?;
        let item = first.pop_front();
        if first.is_empty() {
            self.spare = self.pieces.pop_front();
        }
        item
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.pieces.iter().flatten()
    }

    /// Finds an item by its key; all are in the order of their keys.
    pub(super) fn find_by_key<K: Ord>(&self, key: &K, of: impl Fn(&T) -> K) -> Option<&T> {
        let is_before = |piece: &VecDeque<T>| piece.back().is_some_and(|last| of(last) < *key);
        let piece = self.pieces.get(self.pieces.partition_point(is_before))?;
        let index = piece.binary_search_by_key(key, of).ok()?;
        piece.get(index)
    }

    pub(super) fn retain(&mut self, mut keeps: impl FnMut(&T) -> bool) {
        for piece in &mut self.pieces {
            piece.retain(&mut keeps);
        }
        self.pieces.retain(|piece| !piece.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is done, it holds what a queue in one piece holds.
        #[test]
        fn it_is_a_queue(steps in prop::collection::vec(0..10_u8, 0..600)) {
            let (mut chunks, mut queue) = (Chunks::default(), VecDeque::new());
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    0 | 1 => prop_assert_eq!(chunks.pop_front(), queue.pop_front()),
                    2 => {
                        chunks.retain(|item| item % 7 != 3);
                        queue.retain(|item| item % 7 != 3);
                    }
                    _ => {
                        chunks.push_back(number);
                        queue.push_back(number);
                    }
                }
                prop_assert_eq!(chunks.front(), queue.front());
                let found = chunks.find_by_key(&(number / 2), |item| *item);
                prop_assert_eq!(found.is_some(), queue.contains(&(number / 2)));
            }
            prop_assert!(chunks.iter().eq(queue.iter()));
            prop_assert!(chunks.iter().rev().eq(queue.iter().rev()));
        }
    }

    #[test]
    fn what_is_shorter_has_less_memory() {
        let mut chunks = Chunks::default();
        (0..10_000).for_each(|number| chunks.push_back(number));
        while chunks.iter().count() > 100 {
            chunks.pop_front();
        }
        assert!(chunks.pieces.len() <= 3);
    }
}
