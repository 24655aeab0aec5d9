-- A letter goes in the transaction that records its event; one that fails again stays with the new error.
grant update, delete on dead_letters to helpdesk_audit;
