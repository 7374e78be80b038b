-- Full text of logs, prompts and definitions, filled by the server that follows the feed.
select 1;
