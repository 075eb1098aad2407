return judge(function()
  -- A hold stops campaigns, not the fabric: it stays as healthy as it is, and the campaigns say Held.
  local text = is("Held", "True") and conditions.Held.message .. "; " or ""
  local counts = status.counts
  if counts ~= nil then
    text = text .. counts.reachable .. "/" .. counts.devices .. " devices answer"
    if counts.outOfService > 0 then
      text = text .. ", " .. counts.outOfService .. " out of service"
    end
    text = text .. ": "
  end
  return text .. why()
end)
