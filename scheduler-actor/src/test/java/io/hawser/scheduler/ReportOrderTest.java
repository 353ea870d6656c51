package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReportOrderTest {
  private final ReportOrder order = new ReportOrder();

  @Test
  void aRegistrationAfterLaterNewsOfTheSameRunIsOvertaken() {
    assertThat(order.isOvertaken("n1", "run-1", 1)).isFalse();
    order.done("n1", "run-1", 3);

    assertThat(order.isOvertaken("n1", "run-1", 2)).isTrue();
    assertThat(order.isOvertaken("n1", "run-1", 4)).isFalse();
    assertThat(order.isOvertaken("n1", "run-2", 1)).as("another run counts anew").isFalse();
  }

  @Test
  void ofTwoRegistrationsTheLaterOneHolds() {
    assertThat(order.isOvertaken("n1", "run-1", 5)).isFalse();

    assertThat(order.isOvertaken("n1", "run-1", 4)).isTrue();
    assertThat(order.isOvertaken("n1", "run-1", 5)).as("the same again").isFalse();
  }

  @Test
  void aReportBeforeARegistrationIsStillHeard() {
    order.isOvertaken("n1", "run-1", 5);

    assertThat(order.isDone("n1", "run-1", 4)).as("it may say what is gone").isFalse();
  }

  @Test
  void aNodeThatNumbersNothingIsHeard() {
    order.done("n1", "run-1", 3);

    assertThat(order.isOvertaken("n1", "run-1", 0)).isFalse();
  }
}
