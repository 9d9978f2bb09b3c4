import { killedSetUpOn } from './setup-kill.ts';

killedSetUpOn('mariadb');
