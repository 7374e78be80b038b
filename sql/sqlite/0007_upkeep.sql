-- What the background jobs of all processes on this file share.
select 1;
