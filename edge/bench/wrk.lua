-- Posts the bodies of a file one after the other. Arguments: the file, and where in it to begin.
local requests, at = {}, 0

function init(args)
  local traffic = dofile(args[1])
  for i, body in ipairs(traffic.bodies) do
    requests[i] = wrk.format("POST", nil, traffic.headers, body)
  end
  at = tonumber(args[2])
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\n{"requests":%d,"rate":%.3f,"status":%d,"broken":%d,"p50":%.3f,"p99":%.3f}\n',
    summary.requests, summary.requests / (summary.duration / 1e6), e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
