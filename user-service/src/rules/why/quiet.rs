//! Messages that waited for the end of quiet hours.

use alerting::quiet_hours_ended;
use api::{AlertStep, WhyDelivery};
use domain::Timestamp;
use domain::alert_event::Step;

/// When the quiet hours ended that have held a message back, as was recorded when it was decided. It is not known to who is
/// not told when a member sleeps.
pub(super) fn quiet_end(steps: &[AlertStep], delivery: &WhyDelivery) -> Option<Timestamp> {
    let of_delivery = steps.iter().filter(|step| step.delivery_id == Some(delivery.id));
    let mut decided = of_delivery.filter(|step| step.step == Step::Decided.as_str());
    decided.find_map(|step| quiet_hours_ended(step.reason.as_deref()?))
}

/// Those of some messages that waited, and when the last of the quiet hours ended; none where none did.
pub(super) fn waited<'a>(
    steps: &[AlertStep],
    messages: &[&'a WhyDelivery],
) -> Option<(Vec<&'a WhyDelivery>, Timestamp)> {
    let of_message = |message: &&'a WhyDelivery| Some((*message, quiet_end(steps, message)?));
    let (waited, ends): (Vec<&WhyDelivery>, Vec<Timestamp>) = messages.iter().filter_map(of_message).unzip();
    Some((waited, ends.into_iter().max()?))
}
