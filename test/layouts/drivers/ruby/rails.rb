# frozen_string_literal: true

require "erb"
require "rack/session/abstract/id"
require "rails"
require "active_record"
require "active_support/testing/time_helpers"

# A row of activerecord-session_store. That gem is in no package of Debian, so ActiveRecord itself writes the rows: the
# types of the columns, the times and their zone are ActiveRecord's in both.
class SessionRow < ActiveRecord::Base
end

# Sessions of Rails in a table of ActiveRecord's. Variants: `local`, an application with default_timezone = :local;
# `creationLimit`, where every session is in use until now and ends by its creation, as in the gem's next version.
class RailsSessions
  include ActiveSupport::Testing::TimeHelpers

  def open(url, table, variant)
    close
    @variant = variant
    ActiveRecord.default_timezone = variant == "local" ? :local : :utc
    ActiveRecord::Base.establish_connection(url.sub(/\Amysql:/, "mysql2:"))
    SessionRow.table_name = table || "sessions"
    SessionRow.reset_column_information
  end

  # The table that the gem's documentation describes.
  def migrate
    name = SessionRow.table_name
    ActiveRecord::Migration.suppress_messages do
      Class.new(ActiveRecord::Migration::Current).new.instance_eval do
        create_table(name) do |table|
          table.string :session_id, null: false
          table.text :data
          table.timestamps
        end
        add_index name, :session_id, unique: true
        add_index name, :updated_at
      end
    end
    SessionRow.reset_column_information
  end

  # A new session, or a change of one that exists, which keeps its created_at.
  def save(id, ago)
    travel_to(Time.now - ago, with_usec: true) do
      row = SessionRow.find_or_initialize_by(session_id: key_of(id))
      row.update!(data: JSON.generate(id: id, at: Time.now.to_f))
    end
    SessionRow.find_by(session_id: key_of(id)).touch if limited?
    key_of(id)
  end

  def live?(id)
    row = SessionRow.find_by(session_id: key_of(id))
    !row.nil? && JSON.parse(row.data)["id"] == id
  end

  # As the gem's task trims, which names its threshold in days.
  def clean(lifetime)
    old = SessionRow.where(updated_at: ...lifetime.seconds.ago)
    old = old.or(SessionRow.where(created_at: ...lifetime.seconds.ago)) if limited?
    old.delete_all
  end

  def close
    ActiveRecord::Base.remove_connection
  end

  private

  def limited?
    @variant == "creationLimit"
  end

  # The form of a private id of Rack.
  def key_of(id)
    Rack::Session::SessionId.new(id).private_id
  end
end
