import { killedSetUpOn } from './setup-kill.ts';

killedSetUpOn('mysql');
