# kind = "automock": one container, which fetches its expectations itself and confirms them.

locals {
  # Between the engine's own end and SIGKILL.
  stop_margin_seconds = 5

  # SIGTERM, then the engine serves on (drain), then it answers the requests that are open (grace).
  stop_timeout_seconds = var.engine.drain_seconds + var.engine.grace_seconds + local.stop_margin_seconds

  automock_environment = merge(
    {
      AWS_REGION             = var.region
      AUTOMOCK_PORT          = tostring(var.engine.port)
      AUTOMOCK_SOURCE        = "s3://${var.config_bucket_name}/${var.expectations_key}"
      AUTOMOCK_CONFIRM       = "s3://${var.config_bucket_name}/acks"
      AUTOMOCK_POLL_SECONDS  = tostring(var.engine.poll_seconds)
      AUTOMOCK_DRAIN_SECONDS = tostring(var.engine.drain_seconds)
      AUTOMOCK_GRACE_SECONDS = tostring(var.engine.grace_seconds)
    },
    # The engine forwards nowhere and has no control API unless told so, and its journal is bounded. Only the load
    # balancer reaches the task, and it has asked for the token.
    local.control_open ? { AUTOMOCK_CONTROL_FROM = "0.0.0.0/0" } : {},
    var.engine.environment,
  )

  automock_container = {
    name                   = "mock"
    image                  = var.engine.image
    essential              = true
    cpu                    = var.cpu
    memory                 = var.memory_mib
    portMappings           = [{ containerPort = var.engine.port, hostPort = var.engine.port, protocol = "tcp" }]
    environment            = [for name, value in local.automock_environment : { name = name, value = value }]
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    linuxParameters        = local.no_capabilities
    # Each client and each connection of the load balancer is an open file.
    ulimits     = [{ name = "nofile", softLimit = 65535, hardLimit = 65535 }]
    stopTimeout = local.stop_timeout_seconds
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.mock.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
        # A log that CloudWatch is slow to take must not stop the mock.
        mode            = "non-blocking"
        max-buffer-size = "4m"
      }
    }
  }
}
