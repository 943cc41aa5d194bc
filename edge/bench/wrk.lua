-- Posts the requests of a file one after the other: lines of headers, an empty one, the path, the body.
local requests, at = {}, 0

function init(args)
  local headers, lines = {}, io.lines(args[1])
  for line in lines do
    local name, value = line:match("^([^:]+): (.*)$")
    if name then
      headers[name] = value
    else
      local path = lines()
      requests[#requests + 1] = wrk.format("POST", path, headers, lines())
      headers = {}
    end
  end
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
