//! Bounded numbers of guests, in all and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// So many seats, and so many for one address.
#[derive(Debug)]
pub(crate) struct Seats {
    most: usize,
    most_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A seat, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Seats {
    pub(crate) fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_each,
            taken: Mutex::default(),
        })
    }

    /// A seat for somebody from this address; `None` when there is none.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        self.take_up_to(address, self.most_each)
    }

    /// A seat for a proxy, which stands for many.
    pub(crate) fn take_for_proxy(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        self.take_up_to(address, self.most)
    }

    fn take_up_to(self: &Arc<Self>, address: IpAddr, most_each: usize) -> Option<Seat> {
        let address = network_of(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = taken.by_address.get(&address).copied().unwrap_or(0);
        if taken.all >= self.most || of_address >= most_each {
            return None;
        }
        taken.all += 1;
        taken.by_address.insert(address, of_address + 1);
        Some(Seat {
            seats: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self
            .seats
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(of_address) = taken.by_address.get_mut(&self.address) {
            *of_address = of_address.saturating_sub(1);
            if *of_address == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// An IPv6 host has a whole /64 of addresses (RFC 4291, 2.5.4): they count as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(long) => IpAddr::V6(Ipv6Addr::from_bits(long.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_seats() {
        let seats = Seats::new(3, 2);
        let (one, other): (IpAddr, IpAddr) =
            ("2001:db8::1".parse().unwrap(), "10.0.0.1".parse().unwrap());
        let neighbour: IpAddr = "2001:db8::ffff".parse().unwrap();
        let first = seats.take(one).unwrap();
        let second = seats.take(neighbour).unwrap();
        assert!(seats.take(one).is_none(), "its network has two already");
        let third = seats.take(other).unwrap();
        assert!(seats.take_for_proxy(other).is_none(), "all are taken");
        drop(first);
        let again = seats.take_for_proxy(other).unwrap();
        drop((second, third, again));
        let taken = seats.taken.lock().unwrap();
        assert_eq!((taken.all, taken.by_address.len()), (0, 0));
    }
}
