/** What an operator asks of a controller: who keeps the journal, what is in it, backups. */
package io.hawser.scheduler.controller;
