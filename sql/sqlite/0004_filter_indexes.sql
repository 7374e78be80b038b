-- Every single filter of a list walks an index that ends in (time, id), newest first.
select 1;
