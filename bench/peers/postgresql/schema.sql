-- The same shop as a usual program would keep it: rows that are changed. Members in a random tree (:hot = 1: everybody
-- below the members 3, 2, 1), :products products, :keys keys of them all together.
CREATE TABLE members(id int PRIMARY KEY, u1 int NOT NULL, u2 int NOT NULL, u3 int NOT NULL);
CREATE TABLE balances(member_id int PRIMARY KEY, amount bigint NOT NULL DEFAULT 0) WITH (fillfactor = 70);
CREATE TABLE orders(id bigserial PRIMARY KEY, member_id int NOT NULL, product int NOT NULL, amount int NOT NULL,
  status int NOT NULL, key_id bigint, created timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 80);
CREATE TABLE commissions(id bigserial PRIMARY KEY, order_id bigint NOT NULL, member_id int NOT NULL,
  level int NOT NULL, amount int NOT NULL);
-- With id alone as its key, the planner would look for a free one by walking over all that are sold, whatever the index
-- of what is free: PostgreSQL then looks several times slower than it is.
CREATE TABLE keys(id bigserial, product int NOT NULL, status int NOT NULL DEFAULT 0, order_id bigint,
  code text NOT NULL, PRIMARY KEY (product, id));
-- Idempotency keys, of both commands.
CREATE TABLE commands(key bigint PRIMARY KEY, order_id bigint NOT NULL);

SELECT set_config('bench.members', :'members', false), set_config('bench.hot', :'hot', false);
DO $$
DECLARE
  count int := current_setting('bench.members')::int;
  hot boolean := current_setting('bench.hot') = '1';
  p int[] := array_fill(1, ARRAY[count]);
BEGIN
  PERFORM setseed(0.42);
  FOR i IN 2..count LOOP
    p[i] := CASE WHEN i <= 3 THEN i - 1 WHEN hot THEN 3 ELSE 1 + floor(random() * (i - 1))::int END;
  END LOOP;
  INSERT INTO members SELECT g, p[g], p[p[g]], p[p[p[g]]] FROM generate_series(1, count) g;
END $$;
INSERT INTO balances(member_id) SELECT generate_series(1, :members);
INSERT INTO keys(product, code) SELECT 1 + g % :products, md5(g::text) FROM generate_series(1, :keys) g;
CREATE INDEX keys_free ON keys(product, id) WHERE status = 0;

CREATE FUNCTION place(command bigint, m int, p int, a int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE o bigint;
BEGIN
  INSERT INTO orders(member_id, product, amount, status) VALUES (m, p, a, 0) RETURNING id INTO o;
  INSERT INTO commands VALUES (command, o) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RAISE EXCEPTION 'this command was there before'; END IF;
  RETURN o;
END $$;

-- Pays, gives a key, and books three commissions: one durable commit. The balances come last, so that they are locked
-- for as short as can be, and in the order of ids, which fall towards the root, so that payments never wait in a ring.
CREATE FUNCTION pay(command bigint, o bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  bought orders;
  above members;
  k bigint;
  secret text;
BEGIN
  INSERT INTO commands VALUES (command, o) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RAISE EXCEPTION 'this command was there before'; END IF;
  SELECT * INTO bought FROM orders WHERE id = o AND status = 0;
  IF NOT FOUND THEN RAISE EXCEPTION 'there is no such order to pay'; END IF;
  UPDATE keys SET status = 1, order_id = o WHERE product = bought.product AND id =
    (SELECT id FROM keys WHERE product = bought.product AND status = 0 ORDER BY product, id LIMIT 1
     FOR UPDATE SKIP LOCKED)
    RETURNING id, code INTO k, secret;
  IF NOT FOUND THEN RAISE EXCEPTION 'out of stock'; END IF;
  UPDATE orders SET status = 2, key_id = k WHERE id = o;
  SELECT * INTO above FROM members WHERE id = bought.member_id;
  INSERT INTO commissions(order_id, member_id, level, amount)
    VALUES (o, above.u1, 1, bought.amount / 10), (o, above.u2, 2, bought.amount / 20),
           (o, above.u3, 3, bought.amount / 50);
  UPDATE balances SET amount = amount + bought.amount / 50 WHERE member_id = above.u3;
  UPDATE balances SET amount = amount + bought.amount / 20 WHERE member_id = above.u2;
  UPDATE balances SET amount = amount + bought.amount / 10 WHERE member_id = above.u1;
  RETURN secret;
END $$;
VACUUM ANALYZE;
CHECKPOINT;
