//! What pages say in each of their forms, read back by what others read them with.

mod badges;
mod calendars;
mod dom;
mod doors;
mod feeds;
mod history;
mod hostile;
mod live_states;
mod page;
mod samples;
mod sizes;
mod statuspage;
mod subscribing;
mod surroundings;
