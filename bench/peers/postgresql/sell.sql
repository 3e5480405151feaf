-- An order placed and paid, a round trip and a durable commit each: the strongest that a usual program does.
\set m random(4, :members)
\set p random(1, :products)
\set n :n + 1
\set placing :n * 2048 + :client_id
\set paying :placing + 1024
SELECT place(:placing, :m, :p, 999) AS o \gset
SELECT pay(:paying, :o) AS secret \gset
