//! Gives each expected item one of its own.

use std::collections::VecDeque;

/// Whether each of `wanted` items can have one of `offered` ones that no other has.
pub(crate) fn can_assign(
    wanted: usize,
    offered: usize,
    fits: impl Fn(usize, usize) -> bool,
) -> bool {
    if wanted > offered {
        return false;
    }
    let mut assignment = Assignment::new(wanted, offered, fits);
    (0..wanted).all(|item| assignment.place(item))
}

struct Assignment<F> {
    fits: F,
    offered: usize,
    /// What is known of each pair.
    known: Vec<Option<bool>>,
    /// Who has an offered one.
    owner: Vec<Option<usize>>,
}

impl<F: Fn(usize, usize) -> bool> Assignment<F> {
    fn new(wanted: usize, offered: usize, fits: F) -> Self {
        let known = vec![None; wanted.saturating_mul(offered)];
        Self {
            fits,
            offered,
            known,
            owner: vec![None; offered],
        }
    }

    fn fits(&mut self, item: usize, offer: usize) -> bool {
        let Some(known) = self.known.get_mut(item * self.offered + offer) else {
            return false;
        };
        *known.get_or_insert_with(|| (self.fits)(item, offer))
    }

    /// Finds one for an item; others move on to another if need be.
    fn place(&mut self, item: usize) -> bool {
        let free =
            (0..self.offered).find(|offer| self.owner[*offer].is_none() && self.fits(item, *offer));
        if let Some(offer) = free {
            self.owner[offer] = Some(item);
            return true;
        }
        self.move_others(item)
    }

    fn move_others(&mut self, item: usize) -> bool {
        let mut asked_by: Vec<Option<usize>> = vec![None; self.offered];
        let mut queue = VecDeque::from([item]);
        while let Some(asking) = queue.pop_front() {
            for offer in 0..self.offered {
                if asked_by[offer].is_some() || !self.fits(asking, offer) {
                    continue;
                }
                asked_by[offer] = Some(asking);
                let Some(owner) = self.owner[offer] else {
                    self.hand_over(offer, item, &asked_by);
                    return true;
                };
                queue.push_back(owner);
            }
        }
        false
    }

    /// Each who asked takes what was asked for, and leaves what it had to who asked for that.
    fn hand_over(&mut self, free: usize, first: usize, asked_by: &[Option<usize>]) {
        let mut offer = free;
        while let Some(asking) = asked_by[offer] {
            let had = self.owner.iter().position(|owner| *owner == Some(asking));
            self.owner[offer] = Some(asking);
            match had {
                Some(had) if asking != first => offer = had,
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exhaustively(item: usize, table: &[[bool; 4]; 4], taken: &mut [bool; 4]) -> bool {
        if item == table.len() {
            return true;
        }
        for offer in 0..4 {
            if table[item][offer] && !taken[offer] {
                taken[offer] = true;
                if exhaustively(item + 1, table, taken) {
                    return true;
                }
                taken[offer] = false;
            }
        }
        false
    }

    proptest! {
        #[test]
        fn it_finds_an_assignment_where_there_is_one(table: [[bool; 4]; 4]) {
            let found = can_assign(4, 4, |item, offer| table[item][offer]);
            prop_assert_eq!(found, exhaustively(0, &table, &mut [false; 4]));
        }
    }

    #[test]
    fn there_must_be_enough() {
        assert!(!can_assign(2, 1, |_, _| true));
        assert!(can_assign(0, 0, |_, _| false));
    }
}
