-- One wrk thread's requests, all made before the first is sent, so that the load generator only copies bytes.
-- Arguments: file of users (one a line), method, path, bytes of body, value of Connection.
-- At the end it prints one line of JSON.

local requests, at = {}, 0

function init(args)
  local users, method, path, bytes, connection = args[1], args[2], args[3], tonumber(args[4]), args[5]
  local body = bytes > 0 and string.rep("b", bytes) or nil
  for user in io.lines(users) do
    local headers = { ["X-User-Id"] = user, ["Connection"] = connection }
    requests[#requests + 1] = wrk.format(method, path, headers, body)
    -- Bodies are kept small in number: 4 MiB of them is enough.
    if body and #requests * bytes >= 4194304 then break end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "max": %d, '
      .. '"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
