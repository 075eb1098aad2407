-- "Running: 12/40 devices, batch 3/10", and why, where that is not all.
return judge(function()
  local text = status.phase or "Pending"
  local counts, plan = status.counts, status.plan
  if counts ~= nil and plan ~= nil then
    text = text .. ": " .. counts.succeeded .. "/" .. counts.total .. " devices"
    if status.current ~= nil then
      text = text .. ", batch " .. status.current.batch .. "/" .. plan.batches
    else
      text = text .. " in " .. plan.batches .. " batches"
    end
  end
  if status.phase == "Running" or status.phase == "Completed" then
    return text
  end
  return text .. ": " .. why()
end)
