package io.hawser.runtime;

import java.util.List;

/** A sandbox taken over from an earlier process, with its containers, running or ended. */
public record Recovered(Sandbox sandbox, List<Container> containers) {}
