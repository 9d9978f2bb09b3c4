import mysql from 'mysql2/promise';

/**
 * Gives a new connection of mysql2 the process' zone as its session zone, as on a machine that is set up so. It is
 * written as an offset, because a server may know no names of zones.
 */
export function setSessionZone(connection) {
  const minutes = -new Date().getTimezoneOffset();
  const [hour, minute] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = `${minutes < 0 ? '-' : '+'}${hour}:${String(minute).padStart(2, '0')}`;
  connection.query(`SET time_zone = '${offset}'`);
}

export function mysqlPoolInZone(url, options = {}) {
  const pool = mysql.createPool({ uri: url, ...options });
  pool.pool.on('connection', setSessionZone);
  return pool;
}
