package io.hawser.ops.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ApiStatusTest {

  @Test
  void theStatusMessageBecomesOneLine() {
    CommandFailure failure =
        ApiStatus.failure(
            422, "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"a\\n b\"}");
    assertThat(failure).hasMessage("a b");
    assertThat(failure.reason()).isEqualTo("Invalid");
    assertThat(failure.httpCode()).isEqualTo(422);
  }

  @Test
  void anAnswerThatIsNoStatusIsQuoted() {
    assertThat(ApiStatus.failure(502, "<html>bad</html>"))
        .hasMessage("the gateway answered 502: <html>bad</html>");
    assertThat(ApiStatus.failure(401, "")).hasMessage("the gateway does not accept this token");
  }

  @Test
  void aFilesFailureIsNotItsNameAlone() {
    assertThat(ApiStatus.oneLine(new java.nio.file.AccessDeniedException("/x")))
        .isEqualTo("permission denied");
    assertThat(ApiStatus.oneLine(new java.nio.file.NoSuchFileException("/x")))
        .isEqualTo("no such file");
  }

  @Test
  void anExecStatusGivesTheExitCode() throws Exception {
    assertThat(ExecConnection.exitCodeOf("{\"status\":\"Success\"}")).isZero();
    assertThat(
            ExecConnection.exitCodeOf(
                """
                {"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[
                  {"reason":"ExitCode","message":"42"}]}}"""))
        .isEqualTo(42);
    assertThatThrownBy(
            () ->
                ExecConnection.exitCodeOf(
                    "{\"status\":\"Failure\",\"message\":\"no such file\",\"code\":500}"))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("no such file");
  }
}
