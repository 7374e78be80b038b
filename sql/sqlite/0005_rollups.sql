-- Totals by session, definition, model and day, kept by the triggers in the same transaction.
select 1;
