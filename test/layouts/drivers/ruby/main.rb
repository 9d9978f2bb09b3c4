# frozen_string_literal: true

# Drives the session libraries of Ruby: a JSON request a line on stdin, its answer on stdout.

require "json"
require_relative "rails"

def answer(library, request)
  case request["op"]
  when "open"
    library.open(request["url"], request["table"], request["library"].split("/")[1])
  when "migrate"
    library.migrate
  when "save"
    # The library keeps no lifetime, so no session is without an end.
    return { ok: false, unsupported: true } if request["lifetimeSeconds"].nil?

    return { key: library.save(request["id"], request["agoSeconds"]) }
  when "live"
    return { ids: request["ids"].select { |id| library.live?(id) } }
  when "clean"
    library.clean(request["lifetimeSeconds"])
  when "close"
    library.close
  else
    raise "Expected an operation, got #{request["op"]}"
  end
  {}
end

# The libraries' own messages go where no answer is expected.
answers = $stdout.dup
$stdout = $stderr
library = RailsSessions.new
$stdin.each_line do |line|
  reply = begin
    { ok: true }.merge(answer(library, JSON.parse(line)))
  rescue Exception => error # rubocop:disable Lint/RescueException
    warn error.full_message
    { ok: false, error: "#{error.class}: #{error.message}" }
  end
  answers.puts(JSON.generate(reply))
  answers.flush
end
