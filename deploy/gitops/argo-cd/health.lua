-- Health of a SessionStore in Argo CD. The conditions follow kstatus: Reconciling and Stalled exist only while they are
-- true, and only a user can end Stalled.
local health = {}

local function is(status, message)
  health.status = status
  health.message = message
  return health
end

if obj.metadata.deletionTimestamp ~= nil then
  return is("Progressing", "The SessionStore is being deleted")
end

local status = obj.status or {}
if status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return is("Progressing", "Waiting for the operator to see the last change")
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function holds(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

local function said(type)
  local condition = conditions[type]
  return condition.reason .. ": " .. condition.message
end

if holds("Stalled") then
  return is("Degraded", said("Stalled"))
end
if holds("Suspended") then
  return is("Suspended", said("Suspended"))
end
if holds("Reconciling") then
  return is("Progressing", said("Reconciling"))
end
if holds("Ready") then
  return is("Healthy", said("Ready"))
end
if conditions.Ready == nil then
  return is("Progressing", "Waiting for the condition Ready")
end
return is("Progressing", said("Ready"))
