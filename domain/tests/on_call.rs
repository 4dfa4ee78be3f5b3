//! Who is on call: examples that people know, limits, and random rotas over changes of clocks against a slow reference.

mod examples;
mod limits;
mod random;
mod reference;

use domain::on_call::{Layer, Restriction, Rota, Rotation, RotationUnit, Schedule};
use domain::{ScheduleId, Timestamp, UserId};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn layer(people: &[i64], starts_at: &str, every: u16, unit: RotationUnit) -> Layer {
    Layer {
        people: people.iter().copied().map(UserId).collect(),
        starts_at: starts_at.parse().unwrap(),
        rotation: Rotation { every, unit },
        restrictions: Vec::new(),
    }
}

fn daily(from: &str, until: &str) -> Restriction {
    Restriction::Daily {
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
    }
}

fn schedule(time_zone: &str, layers: Vec<Layer>) -> Schedule {
    Schedule {
        id: ScheduleId(1),
        name: "Rota".to_owned(),
        rota: Rota {
            time_zone: time_zone.parse().unwrap(),
            layers,
        },
        overrides: Vec::new(),
    }
}
