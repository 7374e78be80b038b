-- Full text of logs, prompts and definitions: filled by the server that follows the feed, never by triggers, because the
-- SQLite of other programs may lack FTS5. The texts themselves stand in the rows only. A document's number (its rowid)
-- orders like the (time, id) of its row. Merging is done by the server, in small steps of its own; a level of this many
-- segments would be merged at once.

create virtual table agent_logs_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');
insert into agent_logs_text (agent_logs_text, rank) values ('automerge', 0), ('usermerge', 8), ('crisismerge', 200);
create virtual table agent_logs_words using fts5vocab (agent_logs_text, instance);

create virtual table system_logs_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');
insert into system_logs_text (system_logs_text, rank) values ('automerge', 0), ('usermerge', 8), ('crisismerge', 200);
create virtual table system_logs_words using fts5vocab (system_logs_text, instance);

create virtual table prompts_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');
insert into prompts_text (prompts_text, rank) values ('automerge', 0), ('usermerge', 8), ('crisismerge', 200);
create virtual table prompts_words using fts5vocab (prompts_text, instance);

create virtual table orchestrator_agents_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');
insert into orchestrator_agents_text (orchestrator_agents_text, rank) values ('automerge', 0), ('usermerge', 8), ('crisismerge', 200);
create virtual table orchestrator_agents_words using fts5vocab (orchestrator_agents_text, instance);

-- Changes up to this seq have been read into the index. What was here before is read newest first, down from a place
-- that begins as null.
insert into orchestrator_meta (key, value)
  select 'text_seq', cast(ifnull(max(seq), 0) as text) from sqlite_sequence where name = 'changes';
insert into orchestrator_meta (key, value) select 'text_left:agent_log', 'null' where exists (select 1 from agent_logs);
insert into orchestrator_meta (key, value) select 'text_left:system_log', 'null' where exists (select 1 from system_logs);
insert into orchestrator_meta (key, value) select 'text_left:prompt', 'null' where exists (select 1 from prompts);
insert into orchestrator_meta (key, value) select 'text_left:orchestrator_agent', 'null' where exists (select 1 from orchestrator_agents);
