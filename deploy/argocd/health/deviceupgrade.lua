return judge(function()
  local text = status.state or "Pending"
  if status.percent ~= nil and status.finishedAt == nil then
    text = text .. " (" .. status.percent .. " %)"
  end
  return text .. ": " .. why()
end)
