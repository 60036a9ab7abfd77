-- Who PostGraphile is: a login that may become bench_peer and nothing else. Run as the migrating user; roles belong to the
-- cluster. The settings of the session are those of Ringfence's login, where they bear on speed.

do $$
begin
  if to_regrole('bench_peer') is null then
    create role bench_peer nologin noinherit;
  end if;
  if to_regrole('bench_peer_login') is null then
    create role bench_peer_login login noinherit;
    grant bench_peer to bench_peer_login;
  end if;
end $$;
alter role bench_peer_login password 'peer-for-bench';
alter role bench_peer_login set jit = off;
alter role bench_peer_login set timezone = 'UTC';
alter role bench_peer_login set statement_timeout = '10s';
