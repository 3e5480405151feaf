-- The same as most programs do it: a statement, a round trip.
\set m random(4, :members)
\set p random(1, :products)
\set n :n + 1
\set placing :n * 2048 + :client_id
\set paying :placing + 1024
BEGIN;
INSERT INTO orders(member_id, product, amount, status) VALUES (:m, :p, 999, 0) RETURNING id AS o \gset
INSERT INTO commands VALUES (:placing, :o);
COMMIT;
BEGIN;
INSERT INTO commands VALUES (:paying, :o);
UPDATE keys SET status = 1, order_id = :o WHERE product = :p AND id =
  (SELECT id FROM keys WHERE product = :p AND status = 0 ORDER BY product, id LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id AS k, code AS secret \gset
UPDATE orders SET status = 2, key_id = :k WHERE id = :o AND status = 0;
SELECT u1, u2, u3 FROM members WHERE id = :m \gset
INSERT INTO commissions(order_id, member_id, level, amount) VALUES (:o, :u1, 1, 99), (:o, :u2, 2, 49), (:o, :u3, 3, 19);
UPDATE balances SET amount = amount + 19 WHERE member_id = :u3;
UPDATE balances SET amount = amount + 49 WHERE member_id = :u2;
UPDATE balances SET amount = amount + 99 WHERE member_id = :u1;
COMMIT;
