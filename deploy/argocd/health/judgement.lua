-- The judgement that all kinds share. It reads the same conditions as kubectl wait and kstatus (Flux, Helm) do, and
-- no list of phases: what a phase means is decided once, by the controller that writes the conditions.

local status = obj.status or {}

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function is(type, value)
  return conditions[type] ~= nil and conditions[type].status == value
end

local function why()
  return conditions.Ready ~= nil and conditions.Ready.message or ""
end

-- The health, with a message that is asked for only when the conditions are about this very generation.
local function judge(message)
  if obj.metadata.deletionTimestamp ~= nil then
    return { status = "Progressing", message = "is being deleted: " .. message() }
  end
  if status.observedGeneration ~= obj.metadata.generation then
    return { status = "Progressing", message = "waits for the controller" }
  end
  local health = "Progressing"
  if is("Reconciling", "True") then
    health = "Progressing"
  elseif is("Stalled", "True") then
    health = "Degraded"
  elseif is("Ready", "True") then
    health = "Healthy"
  elseif is("Ready", "False") then
    -- Nothing is wrong and nothing moves: it waits for somebody.
    health = "Suspended"
  end
  return { status = health, message = message() }
end
