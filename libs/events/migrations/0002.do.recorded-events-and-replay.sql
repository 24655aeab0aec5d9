-- When audit-svc was found to have the event; until then the row stays. Both indexes are in the order of publishing:
-- rows are read, and published again, the oldest first.
alter table outbox add column recorded_at timestamptz(3);
drop index outbox_published_at;
create index outbox_unrecorded on outbox (id) where published_at is not null and recorded_at is null;
create index outbox_recorded on outbox (id) where published_at is not null and recorded_at is not null;

-- Relays remember here too: the last message they were told the stream has. By its id both notice a stream that was
-- made anew or came back from an older copy; empty when it had none.
alter table stream_positions add column message_id text not null default '';

alter table dead_letters
  -- How often the consumer has tried.
  add column tries int not null default 1,
  -- Set by an operator; the consumer takes it from there.
  add column replay_requested_at timestamptz(3);
create index dead_letters_to_replay on dead_letters (consumer) where replay_requested_at is not null;
