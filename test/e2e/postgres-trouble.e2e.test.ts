import { troubleOn } from './database-trouble.ts';

troubleOn('postgres');
