import { adonisjs } from './adonisjs.ts';
import { adonisjsFiles } from './adonisjs-files.ts';
import { aspnetCache } from './aspnet-cache.ts';
import { authjs } from './authjs.ts';
import { beaker } from './beaker.ts';
import { betterAuth } from './better-auth.ts';
import { cakephp } from './cakephp.ts';
import { codeigniter4 } from './codeigniter4.ts';
import { codeigniter4Files } from './codeigniter4-files.ts';
import { connectPgSimple } from './connect-pg-simple.ts';
import { connectSessionKnex } from './connect-session-knex.ts';
import { connectSessionSequelize } from './connect-session-sequelize.ts';
import { connectTypeorm } from './connect-typeorm.ts';
import { django } from './django.ts';
import { djangoFiles } from './django-files.ts';
import { drupal } from './drupal.ts';
import { expressMysqlSession } from './express-mysql-session.ts';
import { flaskCachelib } from './flask-cachelib.ts';
import { flaskSession, flaskSessionPostgresql } from './flask-session.ts';
import { gorillaMysqlstore } from './gorilla-mysqlstore.ts';
import { jetty } from './jetty.ts';
import { joomla } from './joomla.ts';
import { laravel } from './laravel.ts';
import { laravelFiles } from './laravel-files.ts';
import { type Layout, shapeName, shapesOf } from './layout.ts';
import { litestar } from './litestar.ts';
import { lucia } from './lucia.ts';
import { magento2 } from './magento2.ts';
import { pgstore } from './pgstore.ts';
import { phpFiles } from './php-files.ts';
import { prismaSessionStore } from './prisma-session-store.ts';
import { rails } from './rails.ts';
import { roundcube } from './roundcube.ts';
import { scs } from './scs.ts';
import { sessionFileStore } from './session-file-store.ts';
import { session3 } from './session3.ts';
import { springSessionJdbc } from './spring-session-jdbc.ts';
import { symfonyPdo } from './symfony-pdo.ts';
import { tomcat } from './tomcat.ts';
import { towerSessions } from './tower-sessions.ts';
import { woocommerce } from './woocommerce.ts';
import { yii2 } from './yii2.ts';

/** The only list of layouts: the API's enum, its rules, the docs and the tests are made from it. */
export const layouts: readonly Layout[] = [
  session3,
  connectPgSimple,
  connectSessionKnex,
  connectSessionSequelize,
  connectTypeorm,
  prismaSessionStore,
  expressMysqlSession,
  scs,
  pgstore,
  gorillaMysqlstore,
  towerSessions,
  springSessionJdbc,
  tomcat,
  jetty,
  adonisjs,
  betterAuth,
  authjs,
  lucia,
  aspnetCache,
  django,
  flaskSession,
  flaskSessionPostgresql,
  beaker,
  litestar,
  laravel,
  symfonyPdo,
  codeigniter4,
  yii2,
  cakephp,
  rails,
  woocommerce,
  magento2,
  joomla,
  drupal,
  roundcube,
  sessionFileStore,
  phpFiles,
  laravelFiles,
  codeigniter4Files,
  djangoFiles,
  flaskCachelib,
  adonisjsFiles,
];

/** Every layout, and every variant of one as a layout of its own. */
export const shapes: readonly Layout[] = layouts.flatMap(shapesOf);

/** The layout of a SessionStore without one. */
export const defaultLayout = session3.name;

/** The layout of that name, or a variant of it; the schema has already refused unknown names. */
export function layoutOf(name: string, variant?: string): Layout {
  const wanted = shapeName(name, variant);
  const layout = shapes.find((candidate) => candidate.name === wanted);
  if (!layout) {
    throw new Error(
      `Expected a layout, one of ${shapes.map((shape) => shape.name).join(', ')}; got ${wanted}`,
    );
  }
  return layout;
}
